# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from steward.core.access.public import RoleAssignment, permissions
from steward.core.identity.public import User
from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Client
from steward.desk.oncall.models import EscalationPolicy, Override, Page, PageAttempt, Roster
from steward.desk.oncall.paging import hear
from steward.desk.oncall.permissions import ON_DUTY
from steward.desk.oncall.reaching import ANSWERS
from steward.desk.oncall.schedule import Interval, Shift, final_schedule


@dataclass(frozen=True, slots=True)
class PersonOnDuty:
    """Who answers, and until when as things stand; at most a month ahead, which is as far as is looked."""

    person_id: int
    name: str
    until: datetime


def rosters() -> QuerySet[Roster]:
    """Every roster by name, with its turns and what counts of its overrides, in the order in which they were made."""
    counting = Override.objects.filter(removed_at=None).select_related("person").order_by("made_at", "pk")
    return Roster.objects.order_by("name").prefetch_related(
        "members__person", Prefetch("overrides", queryset=counting, to_attr="counting")
    )


def roster(uid: UUID) -> Roster:
    """One roster. Raises Roster.DoesNotExist."""
    return rosters().get(uid=uid)


def overrides_of(found: Roster) -> list[Override]:
    """What people took over of a roster, in the order in which it was made."""
    counting: list[Override] | None = getattr(found, "counting", None)
    if counting is None:
        rows = found.overrides.filter(removed_at=None).select_related("person")
        counting = list(rows.order_by("made_at", "pk"))
    return counting


def override(roster_uid: UUID, uid: UUID | str) -> Override:
    """One taken-over shift of a roster that counts. Raises Override.DoesNotExist, also for what is no identifier."""
    try:
        wanted = UUID(str(uid))
    except ValueError:
        raise Override.DoesNotExist from None
    rows = Override.objects.select_related("roster", "person")
    return rows.get(uid=wanted, roster__uid=roster_uid, removed_at=None)


def shifts(found: Roster, window: Interval, extra: Iterable[Shift] = ()) -> list[Shift]:
    """Who is on duty in a roster, with `extra` taken over besides."""
    covering = [each.shift() for each in overrides_of(found)]
    return final_schedule(found.rotation(), [*covering, *extra], window)


def names_of(person_ids: Iterable[int]) -> dict[int, str]:
    """The names of persons by their numbers."""
    return {each.pk: str(each) for each in User.objects.filter(pk__in=set(person_ids))}


def policies() -> QuerySet[EscalationPolicy]:
    """Every escalation with its steps, the default one first."""
    return EscalationPolicy.objects.order_by("-is_default", "name").prefetch_related("steps__person", "steps__roster")


def policy(uid: UUID) -> EscalationPolicy:
    """One escalation. Raises EscalationPolicy.DoesNotExist."""
    return policies().get(uid=uid)


def pages() -> QuerySet[Page]:
    """Every page within the scope, newest first."""
    return Page.objects.select_related("client", "acknowledged_by", "policy").order_by("-opened_at", "-pk")


def page(number: str) -> Page:
    """One page. Raises Page.DoesNotExist."""
    return pages().get(number=number)


def pages_of(subject: RecordRef) -> QuerySet[Page]:
    """The pages about a record, newest first."""
    return pages().filter(subject_kind=subject.kind, subject_uid=subject.uid)


def latest_page(client: Client, kind: str) -> Page | None:
    """The newest page of a kind about anything of a client."""
    return pages().filter(client=client, kind=kind).first()


def unanswered() -> QuerySet[Page]:
    """Pages that wait for somebody, those that reached nobody first, then the oldest."""
    waiting = (Page.State.NOBODY_REACHED, Page.State.OPEN)
    return pages().filter(state__in=waiting).order_by("state", "opened_at", "pk")


def unreached() -> QuerySet[Page]:
    """Pages that reached nobody and are not answered yet."""
    return pages().filter(state=Page.State.NOBODY_REACHED)


def attempts(found: Page) -> list[PageAttempt]:
    """Who was told of a page how, in order, with what is known now of each message."""
    rows = list(found.attempts.select_related("person").order_by("at", "pk"))
    hear(rows)
    return rows


def may_take_turns() -> QuerySet[User]:
    """The staff who may acknowledge pages, by name."""
    holding = [role.value for role in ON_DUTY if permissions()[ANSWERS].held_by(role)]
    with_role = RoleAssignment.objects.filter(role__in=holding).values("user_id")
    return User.objects.filter(side=User.Side.STAFF, is_active=True, pk__in=with_role).order_by("name", "email")
