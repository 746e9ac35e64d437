# SPDX-License-Identifier: Apache-2.0
"""Who stands behind the words of a step at this moment, as far as they may be told of a client."""

from collections.abc import Callable, Iterable
from datetime import datetime

from steward.core.access.public import Role, RoleAssignment, actor_for, scope_for
from steward.core.identity.public import User
from steward.core.notify.public import outward_ways
from steward.core.records.public import Statements
from steward.desk.oncall.escalation import Reachable
from steward.desk.oncall.models import Roster
from steward.desk.oncall.schedule import on_duty

ANSWERS = "oncall.acknowledge"
statements = Statements("steward.desk.oncall")


def db_now() -> datetime:
    """The database's clock, which decides."""
    found: datetime = statements.rows("now")[0]["now"]
    return found


def may_be_paged(person: User, client_id: int | None = None) -> bool:
    """Whether a person could answer: active staff with the right to acknowledge, who may see the client."""
    if not person.is_active or not person.of_staff or not actor_for(person).may(ANSWERS):
        return False
    return client_id is None or scope_for(person).allows(client_id)


def people_behind(words: str, at: datetime) -> list[User]:
    """The persons that a step names: "person:7", "roster:3" (who is on duty there at `at`), "role:service_manager"."""
    sort, _colon, name = words.partition(":")
    if sort == "role":
        holding = RoleAssignment.objects.filter(role=Role(name)).values("user_id")
        return list(User.objects.filter(pk__in=holding).order_by("pk"))
    person_id = int(name) if sort == "person" else person_on_duty(int(name), at)
    return list(User.objects.filter(pk=person_id)) if person_id is not None else []


def person_on_duty(roster_id: int, at: datetime) -> int | None:
    """Who is on duty in a roster; None when nobody is, or the roster is gone."""
    roster = Roster.objects.prefetch_related("members").filter(pk=roster_id).first()
    if roster is None:
        return None
    covering = roster.overrides.filter(removed_at=None, starts_at__lte=at, ends_at__gt=at).order_by("made_at", "pk")
    return on_duty(roster.rotation(), [each.shift() for each in covering], at)


def whom(client_id: int, at: datetime) -> Callable[[str], list[Reachable]]:
    """For the escalation: who can be told of a page of this client, and by which channels."""

    def reachable(words: str) -> list[Reachable]:
        found = [each for each in people_behind(words, at) if may_be_paged(each, client_id)]
        return [Reachable(each.pk, channels) for each, channels in _with_channels(found)]

    return reachable


def _with_channels(people: Iterable[User]) -> list[tuple[User, tuple[str, ...]]]:
    found = list(people)
    ways = outward_ways(found)
    return [(each, tuple(way.value for way in ways[each.pk])) for each in found]
