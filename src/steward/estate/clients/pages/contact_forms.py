# SPDX-License-Identifier: Apache-2.0
"""Forms about the people at a client."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, submitted, verb
from steward.estate.clients import queries
from steward.estate.clients.actions import contact_archive, contact_create, contact_edit, contact_erase
from steward.estate.clients.forms import ContactForm
from steward.estate.clients.records import client_url

FIELDS = ("name", "job_title", "roles", "email", "phone", "site", "language", "timezone", "notes")


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
    client = queries.profile(slug).client

    def act(values: dict[str, Any]) -> Done:
        made = contact_create(client, actor=acting(), **values)
        return Done(_("%(name)s was added.") % {"name": made.name}, goto=f"{client_url(client)}#people")

    form = ContactForm(request.POST or None, client=client)
    title = _("New contact at %(client)s") % {"client": client.name}
    return submitted(
        request,
        form,
        act,
        title=title,
        submit=_("Add contact"),
        cancel_url=client_url(client),
        draft=f"clients.contact.{slug}",
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
    client = queries.profile(slug).client
    contact = queries.contact(client, uid)

    def act(values: dict[str, Any]) -> Done:
        contact_edit(contact, actor=acting(), **values)
        return Done(_("%(name)s was changed.") % {"name": contact.name}, goto=f"{client_url(client)}#people")

    form = ContactForm(
        request.POST or None, client=client, initial={field: getattr(contact, field) for field in FIELDS}
    )
    extra = {"archived": contact.archived_at, "erasable": acting().may("clients.erase")}
    return submitted(
        request, form, act, title=contact.name, submit=_("Save"), cancel_url=client_url(client), extra=extra
    )


@verb(contact_change, "archive", permission="clients.archive")
def archive(request: Request, slug: str, uid: UUID) -> Done:
    """Somebody left."""
    client = queries.profile(slug).client
    contact = contact_archive(queries.contact(client, uid), actor=acting())
    return Done(_("%(name)s was archived.") % {"name": contact.name}, goto=f"{client_url(client)}#people")


@verb(contact_change, "erase", permission="clients.erase")
def erase(request: Request, slug: str, uid: UUID) -> Done:
    """Blank somebody's personal data."""
    client = queries.profile(slug).client
    contact_erase(queries.contact(client, uid), actor=acting())
    return Done(_("The contact's personal data were erased."), goto=f"{client_url(client)}#people")
