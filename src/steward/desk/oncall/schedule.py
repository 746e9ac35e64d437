# SPDX-License-Identifier: Apache-2.0
"""Who is on duty when: a rotation by the wall clock of its zone, and what people took over. Values in, values out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_SECOND = timedelta(seconds=1)


class Unit(StrEnum):
    """What the length of a shift is counted in."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"


_UNITS = {Unit.HOURS: timedelta(hours=1), Unit.DAYS: timedelta(days=1), Unit.WEEKS: timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time; both ends aware, the second one exclusive."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch for which one person answers; the second end is exclusive."""

    person_id: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of `length` units, in their order, from `starts_on` at the wall clock's `handover` on.

    Handovers keep to the wall clock of `zone`: the n-th is the first instant at which that clock shows its hour or a later
    one. So the night of a clock change has 23 or 25 hours, an hour that is skipped hands over when the clock jumps, and one
    that comes twice hands over the first time. Before the first handover nobody is on duty.
    """

    people: tuple[int, ...]
    unit: Unit
    length: int
    zone: str
    starts_on: date
    handover: time

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError("a shift is at least one unit long")

    def handover_at(self, number: int) -> datetime:
        """When the shift of this number (0 is the first) begins, as UTC."""
        first = datetime.combine(self.starts_on, self.handover)
        return first_reached(first + number * self._turn, ZoneInfo(self.zone))

    def number_at(self, at: datetime) -> int:
        """The number of the shift that runs at `at`; negative before the first."""
        local = at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)
        number = (local - datetime.combine(self.starts_on, self.handover)) // self._turn
        # The wall clock was set back: what it has shown already is not handed over again.
        while self.handover_at(number + 1) <= at:
            number += 1
        while self.handover_at(number) > at:
            number -= 1
        return number

    def shifts(self, window: Interval) -> list[Shift]:
        """The shifts within `window`, cut at its ends, in order."""
        return [each for each in self._shifts(window) if each.starts_at < each.ends_at] if self.people else []

    def _shifts(self, window: Interval) -> Iterator[Shift]:
        number = max(self.number_at(window.starts_at), 0)
        begins = self.handover_at(number)
        while begins < window.ends_at:
            ends = self.handover_at(number + 1)
            person = self.people[number % len(self.people)]
            yield Shift(person, max(begins, window.starts_at), min(ends, window.ends_at))
            number, begins = number + 1, ends

    @property
    def _turn(self) -> timedelta:
        return _UNITS[self.unit] * self.length


def first_reached(wall: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the clock of `zone` shows `wall` (naive) or later, as UTC."""
    found = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found
    # The clock jumps over it: somewhere between the two readings of an hour that is not there.
    before, after = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    new_offset = after.astimezone(zone).utcoffset()
    while after - before > _SECOND:
        middle = before + (after - before) // (2 * _SECOND) * _SECOND
        if middle.astimezone(zone).utcoffset() == new_offset:
            after = middle
        else:
            before = middle
    return after


def final_schedule(rotation: Rotation, overrides: Sequence[Shift], window: Interval) -> list[Shift]:
    """Who is on duty in `window`, in order and without overlap, and without gap where the rotation has none.

    `overrides` stand in the order in which they were made: a later one wins over an earlier one. Shifts are cut at the
    window's ends; shifts of one person that touch are one.
    """
    found = rotation.shifts(window)
    for override in overrides:
        cut = replace(
            override,
            starts_at=max(override.starts_at, window.starts_at),
            ends_at=min(override.ends_at, window.ends_at),
        )
        if cut.starts_at < cut.ends_at:
            found = _laid_over(found, cut)
    return _joined(found)


def on_duty(rotation: Rotation, overrides: Sequence[Shift], at: datetime) -> int | None:
    """Who answers at `at`; None when nobody does."""
    for override in reversed(overrides):
        if override.starts_at <= at < override.ends_at:
            return override.person_id
    number = rotation.number_at(at) if rotation.people else -1
    return rotation.people[number % len(rotation.people)] if number >= 0 else None


def gaps(shifts: Sequence[Shift], window: Interval) -> list[Interval]:
    """Where nobody is on duty."""
    found, reached = [], window.starts_at
    for shift in shifts:
        if reached < shift.starts_at:
            found.append(Interval(reached, shift.starts_at))
        reached = shift.ends_at
    if reached < window.ends_at:
        found.append(Interval(reached, window.ends_at))
    return found


def _laid_over(shifts: Sequence[Shift], over: Shift) -> list[Shift]:
    kept = []
    for shift in shifts:
        if shift.starts_at < over.starts_at:
            kept.append(replace(shift, ends_at=min(shift.ends_at, over.starts_at)))
        if over.ends_at < shift.ends_at:
            kept.append(replace(shift, starts_at=max(shift.starts_at, over.ends_at)))
    return sorted([*kept, over], key=lambda each: each.starts_at)


def _joined(shifts: Sequence[Shift]) -> list[Shift]:
    found: list[Shift] = []
    for shift in shifts:
        last = found[-1] if found else None
        if last is not None and last.person_id == shift.person_id and last.ends_at == shift.starts_at:
            found[-1] = replace(last, ends_at=shift.ends_at)
        else:
            found.append(shift)
    return found
