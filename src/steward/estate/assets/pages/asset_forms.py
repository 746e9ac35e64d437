# SPDX-License-Identifier: Apache-2.0
"""Forms about an asset itself."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, with_reason
from steward.estate.assets import queries
from steward.estate.assets.actions import asset_archive, asset_create, asset_edit
from steward.estate.assets.forms import AssetForm, WhoseForm
from steward.estate.assets.records import asset_url


@page(
    "assets/new/",
    permission="assets.edit",
    kind=Kind.FORM,
    title=gettext_lazy("New asset"),
    parent="assets.assets",
    create=True,
    template="ui/form.html",
)
def asset_new(request: Request) -> FormContext | HttpResponse:
    """Add an asset; whose it is, is asked first."""
    client = _client(request)
    if client is None:
        return _whose(request)

    def act(values: dict[str, Any]) -> Done:
        made = asset_create(client, actor=acting(), **values)
        return Done(
            _("%(name)s was added as %(number)s.") % {"name": made.name, "number": made.number}, goto=asset_url(made)
        )

    form = AssetForm(posted(request), client=client)
    title = _("New asset of %(client)s") % {"client": client.name}
    return submitted(
        request,
        form,
        act,
        title=title,
        submit=_("Add asset"),
        cancel_url=reverse("assets.assets"),
        draft=f"assets.new.{client.slug}",
    )


@page(
    "assets/<str:number>/edit/",
    permission="assets.edit",
    kind=Kind.FORM,
    title=gettext_lazy("Edit asset"),
    parent="assets.asset",
    template="ui/form.html",
)
def asset_change(request: Request, number: str) -> FormContext | HttpResponse:
    """Change an asset."""
    found = queries.asset(number)

    def act(values: dict[str, Any]) -> Done:
        asset_edit(found, actor=acting(), **values)
        return Done(_("%(name)s was changed.") % {"name": found.name}, goto=asset_url(found))

    initial = {field: getattr(found, field) for field in AssetForm.base_fields}
    form = AssetForm(posted(request), client=found.client, initial=initial)
    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=asset_url(found))


@page(
    "assets/<str:number>/archive/",
    permission="assets.archive",
    kind=Kind.FORM,
    title=gettext_lazy("Archive asset"),
    parent="assets.asset",
    template="ui/form.html",
)
def asset_put_away(request: Request, number: str) -> FormContext | HttpResponse:
    """Look after an asset no longer."""
    found = queries.asset(number)

    def act(reason: str) -> Done:
        asset_archive(found, actor=acting(), reason=reason)
        words = _("%(name)s was archived.") % {"name": found.name}
        return Done(words, undo="assets.asset.archive", undo_args={"number": number}, goto=reverse("assets.assets"))

    title = _("Archive %(name)s") % {"name": found.name}
    return with_reason(request, act, title=title, submit=_("Archive asset"), cancel_url=asset_url(found))


def _client(request: Request) -> Client | None:
    choices = queries.open_clients()
    if slug := request.GET.get("client", ""):
        return choices.get(slug=slug)
    found = list(choices[:2])
    return found[0] if len(found) == 1 else None


def _whose(request: Request) -> FormContext | HttpResponse:
    form = WhoseForm(posted(request))
    if request.method == "POST" and form.is_valid():
        return HttpResponseRedirect(f"{request.path}?client={form.cleaned_data['client'].slug}")
    return FormContext(
        form,
        title=_("New asset"),
        submit=_("Continue"),
        cancel_url=reverse("assets.assets"),
        status=422 if request.method == "POST" else 200,
    )
