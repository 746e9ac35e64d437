# SPDX-License-Identifier: Apache-2.0
"""Forms about the people at a client."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, verb
from steward.estate.clients import queries
from steward.estate.clients.actions import contact_archive, contact_create, contact_edit, contact_erase
from steward.estate.clients.forms import ContactForm
from steward.estate.clients.pages.client_parts import Section, add_form, change_form, initial_of


@page(
    "clients/<slug:slug>/people/new/",
    permission="clients.edit",
    kind=Kind.FORM,
    title=gettext_lazy("New contact"),
    parent="clients.client",
    template="ui/form.html",
)
def contact_new(request: Request, slug: str) -> FormContext | HttpResponse:
    """Add somebody at a client."""
    section = _people(slug)
    return add_form(
        request,
        section,
        ContactForm(posted(request), client=section.client),
        contact_create,
        said=_("%(name)s was added."),
        title=_("New contact at %(client)s"),
        submit=_("Add contact"),
    )


@page(
    "clients/<slug:slug>/people/<uuid:uid>/",
    permission="clients.edit",
    kind=Kind.FORM,
    title=gettext_lazy("Edit contact"),
    parent="clients.client",
    template="clients/form_with_archive.html",
)
def contact_change(request: Request, slug: str, uid: UUID) -> FormContext | HttpResponse:
    """Change what is known of somebody at a client."""
    section = _people(slug)
    contact = queries.contact(section.client, uid)
    initial = initial_of(contact, ContactForm)
    return change_form(
        request,
        section,
        ContactForm(posted(request), client=section.client, initial=initial),
        contact,
        contact_edit,
        said=_("%(name)s was changed."),
        extra={"archived": contact.archived_at, "erasable": acting().may("clients.erase")},
    )


@verb(contact_change, "archive", permission="clients.archive")
def archive(request: Request, slug: str, uid: UUID) -> Done:
    """Somebody left."""
    section = _people(slug)
    contact = contact_archive(queries.contact(section.client, uid), actor=acting())
    return section.done(_("%(name)s was archived."), contact)


@verb(contact_change, "erase", permission="clients.erase")
def erase(request: Request, slug: str, uid: UUID) -> Done:
    """Blank somebody's personal data."""
    section = _people(slug)
    contact = contact_erase(queries.contact(section.client, uid), actor=acting())
    return section.done(_("The contact's personal data were erased."), contact)


def _people(slug: str) -> Section:
    return Section(queries.profile(slug).client, "people")
