# SPDX-License-Identifier: Apache-2.0
"""Forms about a client's places."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, submitted, verb
from steward.estate.clients import queries
from steward.estate.clients.actions import site_archive, site_create, site_edit
from steward.estate.clients.forms import SiteForm
from steward.estate.clients.records import client_url

FIELDS = ("name", "address", "city", "country", "timezone", "notes")


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
    client = queries.profile(slug).client

    def act(values: dict[str, Any]) -> Done:
        made = site_create(client, actor=acting(), **values)
        return Done(_("The site %(name)s was added.") % {"name": made.name}, goto=f"{client_url(client)}#sites")

    form = SiteForm(request.POST or None)
    title = _("New site of %(client)s") % {"client": client.name}
    return submitted(
        request,
        form,
        act,
        title=title,
        submit=_("Add site"),
        cancel_url=client_url(client),
        draft=f"clients.site.{slug}",
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
    client = queries.profile(slug).client
    site = queries.site(client, uid)

    def act(values: dict[str, Any]) -> Done:
        site_edit(site, actor=acting(), **values)
        return Done(_("The site %(name)s was changed.") % {"name": site.name}, goto=f"{client_url(client)}#sites")

    form = SiteForm(request.POST or None, initial={field: getattr(site, field) for field in FIELDS})
    return submitted(
        request,
        form,
        act,
        title=site.name,
        submit=_("Save"),
        cancel_url=client_url(client),
        extra={"archived": site.archived_at},
    )


@verb(site_change, "archive", permission="clients.archive")
def archive(request: Request, slug: str, uid: UUID) -> Done:
    """Give up a site."""
    client = queries.profile(slug).client
    site = site_archive(queries.site(client, uid), actor=acting())
    return Done(_("The site %(name)s was archived.") % {"name": site.name}, goto=f"{client_url(client)}#sites")
