# SPDX-License-Identifier: Apache-2.0
"""Who is on duty now and this week, and what waits for an answer; the first page that somebody on call opens."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import Kind, Nav, Request, page
from steward.desk.oncall import queries
from steward.desk.oncall.kinds import severity_of, title_of
from steward.desk.oncall.models import EscalationPolicy, Page, Roster
from steward.desk.oncall.picture import Line, Week, drawn
from steward.desk.oncall.reaching import db_now
from steward.desk.oncall.schedule import Interval, Shift

AHEAD: Final = timedelta(days=35)
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class OnDuty:
    """A roster's line: who answers now, until when, and who follows; empty names where nobody does."""

    roster: Roster
    name: str
    until: datetime | None
    next_name: str
    me: bool


@dataclass(frozen=True, slots=True)
class Call:
    """A page that waits for an answer."""

    page: Page
    title: str
    severity: str
    unreached: bool


@dataclass(frozen=True, slots=True)
class Duty:
    """What stands on the page."""

    now: list[OnDuty]
    calls: list[Call]
    roster: dict[str, Any] | None
    policies: list[EscalationPolicy]


@page(
    "oncall/",
    permission="oncall.view",
    kind=Kind.BOARD,
    title=_("On call"),
    nav=Nav("desk", _("On call"), icon="phone-call", order=10, keys="g o", tab=3),
)
def duty(request: Request) -> Duty:
    """Who is on duty."""
    rosters, me = list(queries.rosters()), request.user.pk
    week = Week.of(request.GET.get("week", ""), timezone.localdate())
    names = names_in(rosters)
    lines = [
        Line(each.name, reverse("oncall.roster", args=[each.uid]), queries.shifts(each, week.window))
        for each in rosters
    ]
    now = db_now()
    return Duty(
        now=[_on_duty(each, now, names, me) for each in rosters],
        calls=calls(),
        roster=drawn(week, lines, names, me=me, url=reverse("oncall.duty")) if rosters else None,
        policies=list(queries.policies()),
    )


def calls() -> list[Call]:
    """What waits for an answer."""
    return [
        Call(each, title_of(each.kind, each.params), severity_of(each.kind), each.state == Page.State.NOBODY_REACHED)
        for each in queries.unanswered()[:SHOWN]
    ]


def names_in(rosters: list[Roster]) -> dict[int, str]:
    """The names of everybody who stands in these rosters, without another query."""
    people = [each.person for roster in rosters for each in roster.members.all()]
    people += [each.person for roster in rosters for each in queries.overrides_of(roster)]
    return {each.pk: str(each) for each in people}


def _on_duty(roster: Roster, now: datetime, names: dict[int, str], me: int) -> OnDuty:
    found: list[Shift] = queries.shifts(roster, Interval(now, now + AHEAD))
    first = found[0] if found and found[0].starts_at <= now else None
    following = found[1:] if first else found
    touching = following and (first is None or following[0].starts_at == first.ends_at)
    return OnDuty(
        roster,
        names.get(first.person_id, "") if first else "",
        # One who is alone in a roster is on duty as far as one looks, which is no end.
        first.ends_at if first and first.ends_at < now + AHEAD else None,
        names.get(following[0].person_id, "") if touching else "",
        bool(first and first.person_id == me),
    )
