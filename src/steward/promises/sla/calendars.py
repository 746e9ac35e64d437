# SPDX-License-Identifier: Apache-2.0
"""Opening hours: which instants a calendar counts. Values in, values out; seconds since the epoch inside.

An instant is open when its local wall-clock time lies in one of its weekday's half-open intervals and its local date is no
holiday. So an hour that a clock change repeats is open twice, and one that it skips never is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
HOUR = 3_600
OPEN, HOLIDAY, OUTSIDE = "open", "holiday", "outside_hours"
EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """`week` holds, from Monday on, each day's open intervals in seconds of the day, sorted; `always`: open throughout."""

    zone: ZoneInfo
    week: tuple[tuple[tuple[int, int], ...], ...] = ((),) * 7
    holidays: frozenset[date] = frozenset()
    always: bool = False


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours by the instant from which they hold, in order. The first hold before their instant too."""

    versions: tuple[tuple[int, Hours], ...]


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` to `end` (seconds since the epoch, half-open) one thing holds."""

    begin: int
    end: int
    why: str


def spans(calendar: Calendar, begin: int, end: int) -> Iterator[Span]:
    """What holds from `begin` to `end`, in order and without a gap; neighbours may be alike."""
    for hours, first, last in _versions(calendar, begin, end):
        yield from _of_hours(hours, first, last)


def is_open(calendar: Calendar, at: int) -> bool:
    """Whether the instant `at` is open."""
    return next(spans(calendar, at, at + 1)).why == OPEN


def open_seconds(calendar: Calendar, begin: int, end: int) -> int:
    """How much of `begin` to `end` is open; whole days of the world are remembered."""
    return sum(_open(hours, first, last) for hours, first, last in _versions(calendar, begin, end))


def _versions(calendar: Calendar, begin: int, end: int) -> Iterator[tuple[Hours, int, int]]:
    """The hours in force from `begin` to `end`, each with the stretch for which they are."""
    ends = [since for since, _hours in calendar.versions[1:]]
    reached = begin
    for (_since, hours), until in zip(calendar.versions, [*ends, end], strict=True):
        last = min(until, end)
        if reached < last:
            yield hours, reached, last
            reached = last


def _of_hours(hours: Hours, begin: int, end: int) -> Iterator[Span]:
    if hours.always:
        yield Span(begin, end, OPEN)
        return
    for day in range(begin // DAY, -(-end // DAY)):
        for span in _of_utc_day(hours, day):
            if span.end > begin and span.begin < end:
                yield Span(max(span.begin, begin), min(span.end, end), span.why)


def _open(hours: Hours, begin: int, end: int) -> int:
    if end - begin == DAY and begin % DAY == 0:
        return _open_on(hours, begin // DAY)
    return sum(span.end - span.begin for span in _of_hours(hours, begin, end) if span.why == OPEN)


@lru_cache(maxsize=50_000)
def _open_on(hours: Hours, day: int) -> int:
    return sum(span.end - span.begin for span in _of_hours(hours, day * DAY, (day + 1) * DAY) if span.why == OPEN)


@lru_cache(maxsize=20_000)
def _of_utc_day(hours: Hours, day: int) -> tuple[Span, ...]:
    return tuple(
        span
        for begin, end, offset in _steady(hours.zone, day)
        for span in _of_local(hours, begin + offset, end + offset, offset)
        if span.begin < span.end
    )


def _of_local(hours: Hours, begin: int, end: int, offset: int) -> Iterator[Span]:
    """Within one offset the local clock runs as the world's does: plain intervals of each local date."""
    for number in range(begin // DAY, -(-end // DAY)):
        midnight = number * DAY
        local = EPOCH + timedelta(days=number)
        if local in hours.holidays:
            yield _cut(midnight, midnight + DAY, begin, end, offset, HOLIDAY)
            continue
        reached = midnight
        for opens, closes in hours.week[local.weekday()]:
            yield _cut(reached, midnight + opens, begin, end, offset, OUTSIDE)
            yield _cut(midnight + opens, midnight + closes, begin, end, offset, OPEN)
            reached = midnight + closes
        yield _cut(reached, midnight + DAY, begin, end, offset, OUTSIDE)


def _cut(first: int, last: int, begin: int, end: int, offset: int, why: str) -> Span:
    return Span(max(first, begin) - offset, min(last, end) - offset, why)


@lru_cache(maxsize=20_000)
def _steady(zone: ZoneInfo, day: int) -> tuple[tuple[int, int, int], ...]:
    """A UTC day cut where the zone's offset changes: begin, end, offset in seconds. Hours are looked at one by one."""
    pieces: list[tuple[int, int, int]] = []
    begin, offset = day * DAY, _offset(zone, day * DAY)
    for hour in range(day * DAY, (day + 1) * DAY, HOUR):
        after = _offset(zone, hour + HOUR)
        if after != offset:
            change = _change(zone, hour, hour + HOUR)
            pieces.append((begin, change, offset))
            begin, offset = change, after
    pieces.append((begin, (day + 1) * DAY, offset))
    return tuple(piece for piece in pieces if piece[0] < piece[1])


def _change(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second with another offset than `before`, at most `after`."""
    offset = _offset(zone, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(zone, middle) == offset:
            before = middle
        else:
            after = middle
    return after


def _offset(zone: ZoneInfo, at: int) -> int:
    shift = datetime.fromtimestamp(at, UTC).astimezone(zone).utcoffset()
    return int(shift.total_seconds()) if shift is not None else 0
