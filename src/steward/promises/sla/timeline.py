# SPDX-License-Identifier: Apache-2.0
"""What happened to a ticket, and what held from when to when: the stretches of a clock, each with the reason why it counts or not."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter

from steward.promises.sla.calendars import OPEN, Calendar, spans
from steward.promises.sla.policy import Kind

COUNTING, GAP = "counting", "resolved"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the ticket; which of the values it has depends on `type`."""

    at: int
    type: str
    status: str = ""
    priority: str = ""
    until: int | None = None
    category: str = ""
    targets: frozenset[Kind] = frozenset()
    answers: bool = False  # a public reply of staff that no machine wrote


@dataclass(frozen=True, slots=True)
class Exclusion:
    """From `begin` to `until`, or for good, time does not count for a stated reason."""

    begin: int
    until: int | None
    category: str

    def covers(self, at: int) -> bool:
        """Whether `at` is excluded."""
        return self.begin <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Segment:
    """From `begin` to `end` the clock counted, or why not."""

    begin: int
    end: int
    why: str

    @property
    def seconds(self) -> int:
        """How long it is."""
        return self.end - self.begin

    @property
    def counts(self) -> bool:
        """Whether it is part of the time elapsed."""
        return self.why == COUNTING

    @property
    def paused(self) -> bool:
        """Whether it is open time that a status or an exclusion took out."""
        return self.why.startswith(("paused:", "excluded:"))


@dataclass(frozen=True, slots=True)
class Stops:
    """What can stop a clock that runs: statuses by the instant from which they held, exclusions, gaps while it was met."""

    statuses: tuple[tuple[int, str], ...]
    exclusions: tuple[Exclusion, ...]
    gaps: tuple[tuple[int, int], ...]
    pauses: frozenset[str]

    @property
    def status(self) -> str:
        """The status at the end."""
        return self.statuses[-1][1]

    def edges(self) -> list[int]:
        """Every instant at which something begins or ends."""
        return sorted(
            {at for at, _ in self.statuses}
            | {each.begin for each in self.exclusions}
            | {each.until for each in self.exclusions if each.until is not None}
            | {at for gap in self.gaps for at in gap}
        )

    def why(self, hours: str, at: int) -> str:
        """The first reason that holds at `at`, of those in the order of docs/explanation/sla-clock.md."""
        if any(begin <= at < end for begin, end in self.gaps):
            return GAP
        if hours != OPEN:
            return hours
        _since, status = self.statuses[bisect_right(self.statuses, at, key=itemgetter(0)) - 1]
        if status in self.pauses:
            return f"paused:{status}"
        covering = next((each for each in self.exclusions if each.covers(at)), None)
        return f"excluded:{covering.category}" if covering is not None else COUNTING


def segments(calendar: Calendar, stops: Stops, begin: int, end: int) -> Iterator[Segment]:
    """What holds from `begin` to `end`, without gap or overlap; neighbours of one reason are one."""
    kept: Segment | None = None
    for each in _pieces(calendar, stops, begin, end):
        if kept is not None and kept.why == each.why:
            kept = Segment(kept.begin, each.end, kept.why)
            continue
        if kept is not None:
            yield kept
        kept = each
    if kept is not None:
        yield kept


def reached(pieces: Sequence[Segment] | Iterator[Segment], zero: int, seconds: int) -> int | None:
    """The earliest instant from `zero` on with `seconds` counted before it; None when the pieces do not reach so far."""
    if seconds == 0:
        return zero
    for each in pieces:
        if not each.counts:
            continue
        if each.seconds >= seconds:
            return each.begin + seconds
        seconds -= each.seconds
    return None


def _pieces(calendar: Calendar, stops: Stops, begin: int, end: int) -> Iterator[Segment]:
    edges = stops.edges()
    for span in spans(calendar, begin, end):
        inner = edges[bisect_right(edges, span.begin) : bisect_left(edges, span.end)]
        marks = [span.begin, *inner, span.end]
        for first, last in itertools.pairwise(marks):
            yield Segment(first, last, stops.why(span.why, first))
