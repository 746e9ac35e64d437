# SPDX-License-Identifier: Apache-2.0
"""The clock of one target: how much of its time was used, when it is due, whether it broke. Values in, values out.

Instants are whole seconds since the epoch. The rules in brackets are those of docs/explanation/sla-clock.md."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import pairwise

from steward.promises.sla.calendars import DAY, Calendar, is_open, open_seconds
from steward.promises.sla.policy import Kind, Policy, Target
from steward.promises.sla.timeline import Event, Exclusion, Segment, Stops, reached, segments

TEN_YEARS = 3_653 * DAY


class State(StrEnum):
    """Where a clock stands [9]."""

    MET = "met"
    MET_LATE = "met_late"
    BREACHED = "breached"
    PAUSED = "paused"
    OUTSIDE_HOURS = "outside_hours"
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock shows at the end of what is known."""

    state: State
    priority: str
    target: int
    elapsed: int
    paused: int
    zero: int
    end: int
    due: int | None
    met: int | None
    breached: int | None
    segments: tuple[Segment, ...]
    superseded: tuple["Reading", ...] = ()
    marks: tuple[tuple[int, int | None], ...] = ()  # percent of the target, and when it is reached as far as is known

    @property
    def remaining(self) -> int:
        """Seconds left; negative when it is over."""
        return self.target - self.elapsed


@dataclass(frozen=True, slots=True)
class _Line:
    """What the events up to a moment say about one kind's clock."""

    zero: int
    priority: str
    stops: Stops
    met: int | None = None
    superseded: tuple[Reading, ...] = ()


def read(
    policy: Policy, events: Sequence[Event], now: int, kind: Kind, *, percents: Sequence[int] = ()
) -> Reading | None:
    """The clock of `kind` at `now`; None when the policy promises nothing for the priority in force, or nothing was opened yet.

    `events` are checked and in their order: see `document`. `percents` of the target become `marks`: a mark is the due instant [7]
    of that part of the target.
    """
    known = [each for each in events if each.at <= now]
    if not known:
        return None
    line = _line(policy, _settled(known, kind), kind)
    return _reading(policy, line, line.met if line.met is not None else now, kind, percents)


def _settled(events: Sequence[Event], kind: Kind) -> Sequence[Event]:
    """The events up to the one that met the target for good; all while it is unmet [4, 5, 7]."""
    if kind is Kind.RESPONSE:
        found = next((place for place, each in enumerate(events) if each.answers), None)
        return events if found is None else events[: found + 1]
    turns = [place for place, each in enumerate(events) if each.type in ("resolved", "reopened")]
    if not turns or events[turns[-1]].type == "reopened":
        return events
    return events[: turns[-1] + 1]


def _line(policy: Policy, events: Sequence[Event], kind: Kind) -> _Line:
    first = events[0]
    stops = Stops(((first.at, first.status),), (), (), policy.pauses.get(kind, frozenset()))
    line = _Line(first.at, first.priority, stops)
    for event in events[1:]:
        line = _after(policy, line, event, kind)
    return line


def _after(policy: Policy, line: _Line, event: Event, kind: Kind) -> _Line:
    match event.type:
        case "status":
            return _with_status(line, event)
        case "excluded" if kind in event.targets:
            added = Exclusion(event.at, event.until, event.category)
            return _stopped(line, exclusions=(*line.stops.exclusions, added))
        case "priority" if event.priority != line.priority:
            return _with_priority(policy, line, event, kind)
        case "reply" if kind is Kind.RESPONSE and event.answers:
            return replace(line, met=event.at)
        case "resolved" if kind is Kind.RESOLUTION:
            return replace(line, met=event.at)
        case "reopened":
            return _reopened(policy, line, event, kind)
    return line


def _with_status(line: _Line, event: Event) -> _Line:
    return _stopped(line, statuses=(*line.stops.statuses, (event.at, event.status)))


def _with_priority(policy: Policy, line: _Line, event: Event, kind: Kind) -> _Line:
    # While it is met a change waits for the reopening, and then holds for the whole time since the zero [6].
    if policy.retroactive or line.met is not None:
        return replace(line, priority=event.priority)
    before = _reading(policy, line, event.at, kind)
    kept = (replace(before, superseded=()),) if before is not None else ()
    moved = replace(line, zero=event.at, priority=event.priority, superseded=(*line.superseded, *kept))
    return _stopped(moved, gaps=())


def _reopened(policy: Policy, line: _Line, event: Event, kind: Kind) -> _Line:
    line = _with_status(line, event)
    if kind is Kind.RESPONSE or line.met is None:
        return line
    if policy.resume:
        return replace(_stopped(line, gaps=(*line.stops.gaps, (line.met, event.at))), met=None)
    return replace(_stopped(line, gaps=()), met=None, zero=event.at)


def _stopped(line: _Line, **changes: tuple[object, ...]) -> _Line:
    return replace(line, stops=replace(line.stops, **changes))  # type: ignore[arg-type]  # the names are the fields'


def _reading(policy: Policy, line: _Line, end: int, kind: Kind, percents: Sequence[int] = ()) -> Reading | None:
    target = policy.target(kind, line.priority)
    if target is None:
        return None
    pieces = tuple(segments(target.calendar, line.stops, line.zero, end))
    elapsed = sum(each.seconds for each in pieces if each.counts)
    when = partial(_when, target.calendar, line, pieces, elapsed, end)
    due = when(target.seconds)
    return Reading(
        state=_state(target, line, elapsed, end),
        priority=line.priority,
        target=target.seconds,
        elapsed=elapsed,
        paused=sum(each.seconds for each in pieces if each.paused),
        zero=line.zero,
        end=end,
        due=due,
        met=line.met,
        breached=due if elapsed > target.seconds else None,
        segments=pieces,
        superseded=line.superseded,
        marks=tuple((percent, when(-(-target.seconds * percent // 100))) for percent in percents),
    )


def _state(target: Target, line: _Line, elapsed: int, end: int) -> State:
    if line.met is not None:
        return State.MET_LATE if elapsed > target.seconds else State.MET
    if elapsed > target.seconds:
        return State.BREACHED
    if line.stops.status in line.stops.pauses or any(each.covers(end) for each in line.stops.exclusions):
        return State.PAUSED
    return State.RUNNING if is_open(target.calendar, end) else State.OUTSIDE_HOURS


def _when(
    calendar: Calendar, line: _Line, pieces: Sequence[Segment], elapsed: int, end: int, seconds: int
) -> int | None:
    """The earliest instant at which elapsed reaches `seconds`, the status at the end kept on [7]."""
    if elapsed >= seconds:
        return reached(pieces, line.zero, seconds)
    stops = line.stops
    if stops.status in stops.pauses or any(each.until is None and each.covers(end) for each in stops.exclusions):
        return None
    return _ahead(calendar, stops, end, seconds - elapsed)


def _ahead(calendar: Calendar, stops: Stops, end: int, left: int) -> int | None:
    """When `left` seconds will have counted after `end`: piece by piece while an exclusion may end, then day by day."""
    horizon = end + TEN_YEARS
    calm = min(max(end, *stops.edges()), horizon)
    pieces = tuple(segments(calendar, stops, end, calm))
    counted = sum(each.seconds for each in pieces if each.counts)
    if counted >= left:
        return reached(pieces, end, left)
    left -= counted
    marks = [calm, *range((calm // DAY + 1) * DAY, horizon, DAY), horizon]
    for begin, until in pairwise(marks):
        within = open_seconds(calendar, begin, until)
        if within >= left:
            return reached(segments(calendar, stops, begin, until), begin, left)
        left -= within
    return None
