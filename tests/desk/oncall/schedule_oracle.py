# SPDX-License-Identifier: Apache-2.0
"""Who is on duty, the slow way: minute by minute along the wall clock. Written apart from the schedule; shares its values only."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from steward.desk.oncall.schedule import Interval, Rotation, Shift

MINUTE = timedelta(minutes=1)
BEFORE = timedelta(hours=30)  # Apia once left out a whole day
TURNS = {"hours": timedelta(hours=1), "days": timedelta(days=1), "weeks": timedelta(days=7)}


def people(rotation: Rotation, overrides: Sequence[Shift], window: Interval) -> Iterator[tuple[datetime, int | None]]:
    """Every minute of the window with who is on duty in it."""
    zone, first = ZoneInfo(rotation.zone), datetime.combine(rotation.starts_on, rotation.handover)
    minute, shown = window.starts_at - BEFORE, datetime.min  # noqa: DTZ901  (a wall clock, which has no zone)
    while minute < window.ends_at:
        # What the clock has shown does not come a second time.
        shown = max(shown, minute.astimezone(zone).replace(tzinfo=None))
        if minute >= window.starts_at:
            yield minute, _person(rotation, overrides, minute, shown - first)
        minute += MINUTE


def _person(rotation: Rotation, overrides: Sequence[Shift], minute: datetime, since: timedelta) -> int | None:
    found = None
    if rotation.people and since >= timedelta(0):
        turns = int(since.total_seconds()) // int(TURNS[rotation.unit].total_seconds() * rotation.length)
        found = rotation.people[turns % len(rotation.people)]
    for override in overrides:
        if override.starts_at <= minute < override.ends_at:
            found = override.person_id
    return found


def utc(text: str) -> datetime:
    """An instant from "2026-03-29 01:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
