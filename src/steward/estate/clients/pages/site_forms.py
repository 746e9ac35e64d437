# SPDX-License-Identifier: Apache-2.0
"""Forms about a client's places."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, verb
from steward.estate.clients import queries
from steward.estate.clients.actions import site_archive, site_create, site_edit
from steward.estate.clients.forms import SiteForm
from steward.estate.clients.pages.client_parts import Section, add_form, change_form, initial_of


@page(
    "clients/<slug:slug>/sites/new/",
    permission="clients.edit",
    kind=Kind.FORM,
    title=gettext_lazy("New site"),
    parent="clients.client",
    template="ui/form.html",
)
def site_new(request: Request, slug: str) -> FormContext | HttpResponse:
    """Add a place of a client."""
    return add_form(
        request,
        _sites(slug),
        SiteForm(posted(request)),
        site_create,
        said=_("The site %(name)s was added."),
        title=_("New site of %(client)s"),
        submit=_("Add site"),
    )


@page(
    "clients/<slug:slug>/sites/<uuid:uid>/",
    permission="clients.edit",
    kind=Kind.FORM,
    title=gettext_lazy("Edit site"),
    parent="clients.client",
    template="clients/form_with_archive.html",
)
def site_change(request: Request, slug: str, uid: UUID) -> FormContext | HttpResponse:
    """Change a place of a client."""
    section = _sites(slug)
    site = queries.site(section.client, uid)
    return change_form(
        request,
        section,
        SiteForm(posted(request), initial=initial_of(site, SiteForm)),
        site,
        site_edit,
        said=_("The site %(name)s was changed."),
        extra={"archived": site.archived_at},
    )


@verb(site_change, "archive", permission="clients.archive")
def archive(request: Request, slug: str, uid: UUID) -> Done:
    """Give up a site."""
    section = _sites(slug)
    site = site_archive(queries.site(section.client, uid), actor=acting())
    return section.done(_("The site %(name)s was archived."), site)


def _sites(slug: str) -> Section:
    return Section(queries.profile(slug).client, "sites")
