# SPDX-License-Identifier: Apache-2.0
"""Of which months a client's report is owed, and when the next one is due. Values in, values out; a month is its first day."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

CAUGHT_UP: Final = 3  # months; samples are kept for about as long, an older one is made by hand


def month_after(first: date) -> date:
    """The first day of the month after."""
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def month_before(first: date) -> date:
    """The first day of the month before."""
    return (first - timedelta(days=1)).replace(day=1)


def due_at(first: date, day: int, at: time, zone: str) -> datetime:
    """When the report of a month is due: on `day` of the month after, at `at` by the clock of `zone`."""
    after = month_after(first)
    return datetime.combine(after.replace(day=day), at, ZoneInfo(zone))


def latest_due(now: datetime, day: int, at: time, zone: str) -> date:
    """The latest month whose report is due."""
    ended = month_before(now.astimezone(ZoneInfo(zone)).date().replace(day=1))
    # Compared as instants: of two wall clocks of one zone, the fold of a clock change would be left out.
    return ended if due_at(ended, day, at, zone).timestamp() <= now.timestamp() else month_before(ended)


def owed(latest: date, *, made: Collection[date], since: date | None) -> list[date]:
    """The months up to `latest` that no report was made of, the oldest first; at most three back.

    Months before `latest` are owed from `since` on; without it from the first report on, so that a client of old is not drafted
    a past that nobody asked for.
    """
    begun = since or min(made, default=latest)
    first, found = latest, [latest]
    for _step in range(CAUGHT_UP - 1):
        first = month_before(first)
        found.insert(0, first)
    return [each for each in found if each >= begun and each not in made]
