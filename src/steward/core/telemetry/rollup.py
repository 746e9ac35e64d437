# SPDX-License-Identifier: Apache-2.0
"""Counting closed hours into the roll-ups, and again when samples came late.

Every step can be repeated: the same hour with the same revision has the same token, and a later revision replaces the
rows of an earlier one.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Final

from steward.core.telemetry.read import upkeep
from steward.core.telemetry.write import COUNTED_AFTER

HOUR: Final = 3600
RAW_DAYS: Final = 90
MARK_RESTS: Final = 120.0  # seconds: MARK_HOLDS, an insert, and over a minute by which clocks may differ
_FIRST_REVISION: Final = 1
_SKIP_FROM: Final = 48  # hours without a count, from which on empty ones are skipped rather than counted one by one
_ROLL_SECONDS: Final = 600
_ALL: Final = 0


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one run did: hours counted for the first time, hours counted again, and whether more is waiting."""

    closed: int
    late: int
    more: bool


def roll_up(now: float | None = None, *, most: int = 48, marks_rest: float = MARK_RESTS) -> Rolled:
    """Count the hours that have closed by `now` (seconds since the epoch; the clock's by default), then the late ones.

    Counts at most `most` hours of each kind, so that one run stays short. One run at a time.
    Raises TelemetryUnavailable and its kin; the next run takes up where this one ended.
    """
    at = time.time() if now is None else now
    last_closed = int((at - COUNTED_AFTER) // HOUR * HOUR) - HOUR
    closed = _roll_closed(last_closed, most, at - marks_rest)
    late = _roll_late(at, most, marks_rest)
    return Rolled(closed, late, more=closed == most or late == most)


def _roll_closed(last_closed: int, most: int, rested: float) -> int:
    counted = 0
    hour = _next_hour(last_closed)
    while hour is not None and hour <= last_closed and counted < most:
        marked = upkeep("newest_mark", hour=hour, until=rested)
        _roll(hour, [], max(_FIRST_REVISION, int(marked["mark"][0])))
        counted += 1
        hour += HOUR
    return counted


def _next_hour(last_closed: int) -> int | None:
    frontier = upkeep("frontier")
    since = int(frontier["hour"][0]) + HOUR if frontier.rows else 0
    if since and (last_closed - since) // HOUR < _SKIP_FROM:
        return since
    first = upkeep("first_hour_since", since=since)
    if first.rows and int(first["hour"][0]) <= last_closed:
        return int(first["hour"][0])
    # Nothing to count since the frontier: let it move on, so that late samples of that time are marked and found.
    return last_closed if since and since <= last_closed else None


def _roll_late(at: float, most: int, marks_rest: float) -> int:
    frontier = upkeep("frontier")
    if not frontier.rows:
        return 0
    # Raw samples of the oldest day may be half gone, and a count of half a day must not replace a whole one.
    oldest = max(0, int(at) - (RAW_DAYS - 1) * 24 * HOUR)
    waiting = upkeep("late_hours", until=at - marks_rest, frontier=int(frontier["hour"][0]), oldest=oldest, most=most)
    for row in waiting.dicts():
        _roll(int(row["hour"]), sorted(int(each) for each in row["clients"]), int(row["rev"]))
    return waiting.rows


def _roll(hour: int, clients: list[int], revision: int) -> None:
    which = hashlib.sha256(",".join(map(str, clients)).encode()).hexdigest()[:16] if clients else "all"
    for table, statement in (("samples_1h", "roll_hour"), ("samples_5m", "roll_five_minutes")):
        token = f"{table},{hour},{which},{revision}"
        upkeep(
            statement,
            seconds=_ROLL_SECONDS,
            settings={"insert_deduplication_token": token},
            hour=hour,
            only=clients,
            rev=revision,
        )
    upkeep("note_rolled", hour=hour, noted=clients or [_ALL], rev=revision)
