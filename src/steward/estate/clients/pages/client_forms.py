# SPDX-License-Identifier: Apache-2.0
"""Forms about a client itself."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, with_reason
from steward.estate.clients import queries
from steward.estate.clients.actions import client_archive, client_create, client_edit
from steward.estate.clients.forms import NewClientForm, ProfileForm
from steward.estate.clients.models import ClientProfile
from steward.estate.clients.records import client_url

FIELDS = ("legal_name", "criticality", "criticality_reason", "language", "timezone", "account_manager", "notes")


@page(
    "clients/new/",
    permission="clients.create",
    kind=Kind.FORM,
    title=gettext_lazy("New client"),
    parent="clients.clients",
    create=True,
    template="ui/form.html",
)
def client_new(request: Request) -> FormContext | HttpResponse:
    """Take on a client."""

    def act(values: dict[str, Any]) -> Done:
        made = client_create(actor=acting(), **values)
        return Done(_("%(name)s was added.") % {"name": made.name}, goto=client_url(made))

    form = NewClientForm(posted(request))
    return submitted(
        request, form, act, submit=_("Add client"), cancel_url=reverse("clients.clients"), draft="clients.new"
    )


@page(
    "clients/<slug:slug>/edit/",
    permission="clients.edit",
    kind=Kind.FORM,
    title=gettext_lazy("Edit client"),
    parent="clients.client",
    template="ui/form.html",
)
def client_change(request: Request, slug: str) -> FormContext | HttpResponse:
    """Change what is known about a client."""
    found = queries.profile(slug)
    reads_notes = acting().may("clients.notes_view")

    def act(values: dict[str, Any]) -> Done:
        client_edit(found.client, actor=acting(), **values)
        return Done(_("%(name)s was changed.") % {"name": found.client.name}, goto=client_url(found.client))

    form = ProfileForm(posted(request), initial=_initial(found))
    if not reads_notes:
        del form.fields["notes"]
    return submitted(request, form, act, title=found.client.name, submit=_("Save"), cancel_url=client_url(found.client))


@page(
    "clients/<slug:slug>/archive/",
    permission="clients.archive",
    kind=Kind.FORM,
    title=gettext_lazy("Archive client"),
    parent="clients.client",
    template="ui/form.html",
)
def client_put_away(request: Request, slug: str) -> FormContext | HttpResponse:
    """Put a client away; its name is typed out."""
    found = queries.profile(slug).client

    def act(reason: str) -> Done:
        client_archive(found, actor=acting(), reason=reason)
        words = _("%(name)s was archived.") % {"name": found.name}
        return Done(words, undo="clients.client.archive", undo_args={"slug": slug}, goto=reverse("clients.clients"))

    title = _("Archive %(name)s") % {"name": found.name}
    return with_reason(request, act, title=title, submit=_("Archive client"), cancel_url=client_url(found), typed=slug)


def _initial(profile: ClientProfile) -> dict[str, Any]:
    return {field: getattr(profile, field) for field in FIELDS} | {"name": profile.client.name}
