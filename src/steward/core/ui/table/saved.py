# SPDX-License-Identifier: Apache-2.0
"""Saved views: a name for what was asked of a table."""

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from steward.core.access.public import OWN, Denied, Refused, action
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.models import SavedView
from steward.core.ui.table.state import TableState

MOST, LONGEST = 30, 40
SHARE = "ui.views_share"
CLIENT = "client"  # the key of the filter by client, on every table that has one


def saved_views(table: str, actor: Actor) -> QuerySet[SavedView]:
    """One's own views of a table, then those that were shared: among staff, since a view's name may tell of any client."""
    if actor.kind != "person":
        return SavedView.objects.none()
    seen = Q(owner_id=actor.user_id)
    if actor.client_id is None:
        seen |= Q(shared=True)
    return SavedView.objects.filter(seen, table=table).order_by("shared", "name", "id")


def offered_views(table: str, actor: Actor) -> list[SavedView]:
    """The views to offer, in order: without what others shared of clients outside the scope, whom its name may tell of."""
    found = list(saved_views(table, actor))
    asked = {each.pk: _clients(each) for each in found if each.owner_id != actor.user_id}
    wanted = set().union(*asked.values())
    known = set(Client.objects.filter(slug__in=wanted).values_list("slug", flat=True)) if wanted else set()
    return [each for each in found if asked.get(each.pk, set()) <= known]


def _clients(saved: SavedView) -> set[str]:
    return set(TableState.from_json(saved.state).values(CLIENT))


@action(permission=OWN)
def save_view(table: str, name: str, state: TableState, *, actor: Actor, shared: bool) -> SavedView:
    """Keep `state` under `name`; a view of one's own by that name is replaced.

    Raises:
        Refused: field `name` when it is empty, too long, or one view too many.
        Denied: when `shared` and the person may not share.
    """
    name = name.strip()
    if not name:
        raise Refused("name", _("Give the view a name."))
    if len(name) > LONGEST:
        raise Refused("name", _("Use at most 40 characters for the name."))
    if shared and not actor.may(SHARE):
        raise Denied(SHARE)
    if saved_views(table, actor).filter(owner_id=actor.user_id).count() >= MOST:
        raise Refused("name", _("You have 30 views of this list. Delete one first."))
    values = {"state": state.as_json(), "shared": shared}
    try:
        with transaction.atomic():
            saved, _created = SavedView.objects.update_or_create(
                owner_id=actor.user_id, table=table, name=name, defaults=values
            )
    except IntegrityError as twice:
        raise Refused("name", _("The view was just saved elsewhere. Load the list again.")) from twice
    if shared:
        audit("ui.view.share", saved, table=table)
    return saved


@action(permission=OWN)
def delete_view(uid: str, table: str, *, actor: Actor) -> str:
    """Delete one's own view; returns its name. Raises SavedView.DoesNotExist for any other."""
    saved = SavedView.objects.get(uid=uid, table=table, owner_id=actor.user_id)
    saved.delete()
    return saved.name
