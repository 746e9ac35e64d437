# SPDX-License-Identifier: Apache-2.0
"""The door of oncall."""

from datetime import datetime, timedelta
from typing import Final

from steward.desk.oncall.actions import page_acknowledge, page_end, page_open
from steward.desk.oncall.events import NobodyReached, PageAcknowledged, PageEnded, PageOpened
from steward.desk.oncall.kinds import UnknownPageKind, page_kind, register_page_kind, title_of
from steward.desk.oncall.models import EscalationPolicy, Page, Roster
from steward.desk.oncall.queries import (
    PersonOnDuty,
    latest_page,
    names_of,
    pages_of,
    policies,
    rosters,
    shifts,
    unanswered,
)
from steward.desk.oncall.reaching import person_on_duty
from steward.desk.oncall.schedule import Interval

AHEAD: Final = timedelta(days=31)


def on_duty(roster_id: int, at: datetime) -> PersonOnDuty | None:
    """Who answers for a roster at `at`; None when nobody does, which the caller must treat as an emergency."""
    person_id = person_on_duty(roster_id, at)
    if person_id is None:
        return None
    found = shifts(rosters().get(pk=roster_id), Interval(at, at + AHEAD))
    return PersonOnDuty(person_id, names_of([person_id])[person_id], found[0].ends_at)


__all__ = [
    "EscalationPolicy",
    "NobodyReached",
    "Page",
    "PageAcknowledged",
    "PageEnded",
    "PageOpened",
    "PersonOnDuty",
    "Roster",
    "UnknownPageKind",
    "latest_page",
    "on_duty",
    "page_acknowledge",
    "page_end",
    "page_kind",
    "page_open",
    "pages_of",
    "policies",
    "register_page_kind",
    "title_of",
    "unanswered",
]
