# SPDX-License-Identifier: Apache-2.0
"""Forms about what an asset hangs on."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, verb
from steward.estate.assets import queries
from steward.estate.assets.actions import relation_add, relation_edit, relation_remove
from steward.estate.assets.forms import NotesForm, RelationForm
from steward.estate.assets.records import asset_url


@page(
    "assets/<str:number>/relations/new/",
    permission="assets.edit",
    kind=Kind.FORM,
    title=gettext_lazy("New relation"),
    parent="assets.asset",
    template="ui/form.html",
)
def relation_new(request: Request, number: str) -> FormContext | HttpResponse:
    """Note what an asset hangs on."""
    found = queries.asset(number)

    def act(values: dict[str, Any]) -> Done:
        made = relation_add(found, actor=acting(), **values)
        return Done(_("The relation to %(name)s was noted.") % {"name": made.target.name}, goto=asset_url(found))

    form = RelationForm(posted(request), asset=found)
    return submitted(
        request,
        form,
        act,
        title=_("What %(name)s hangs on") % {"name": found.name},
        submit=_("Note relation"),
        cancel_url=asset_url(found),
    )


@page(
    "assets/<str:number>/relations/<uuid:uid>/",
    permission="assets.edit",
    kind=Kind.FORM,
    title=gettext_lazy("Edit relation"),
    parent="assets.asset",
    template="assets/relation_change.html",
)
def relation_change(request: Request, number: str, uid: UUID) -> FormContext | HttpResponse:
    """Change what is noted about a relation."""
    found = queries.asset(number)
    relation = queries.relation(found, uid)

    def act(values: dict[str, Any]) -> Done:
        relation_edit(relation, actor=acting(), **values)
        return Done(_("The relation was changed."), goto=asset_url(found))

    form = NotesForm(posted(request), initial={"notes": relation.notes})
    title = f"{relation.source.name} · {relation.get_kind_display()} · {relation.target.name}"
    return submitted(request, form, act, title=title, submit=_("Save"), cancel_url=asset_url(found))


@verb(relation_change, "remove", permission="assets.edit")
def remove(request: Request, number: str, uid: UUID) -> Done:
    """Forget a relation."""
    found = queries.asset(number)
    relation_remove(queries.relation(found, uid), actor=acting())
    return Done(_("The relation was removed."), goto=asset_url(found))
