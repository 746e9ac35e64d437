# SPDX-License-Identifier: Apache-2.0
"""Stretches of many clocks measured at once. Between two events a status holds or not, and an exclusion covers the first part or none:

every exclusion that matters began at an event before, so what is covered reaches from the first event to the latest `until` so far.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from steward.promises.sla.bulk.columns import FOREVER, NONE, NOTHING, STATES, Codes, Figures, Flags, Ints
from steward.promises.sla.bulk.hours import OpenTime
from steward.promises.sla.bulk.walk import CODE, Block, Stretches
from steward.promises.sla.clock import TEN_YEARS, State
from steward.promises.sla.policy import Kind

STATE: Mapping[State, int] = {state: code for code, state in enumerate(STATES)}


@dataclass(frozen=True, slots=True)
class Piece:
    """From one event to the next: open seconds before it begins, before what excludes its first part ends, and before it ends."""

    begin: Ints
    free: Ints
    end: Ints
    pausing: Flags
    gap: Flags
    excluded: Ints  # until when, as far as is known so far

    @property
    def counted(self) -> Ints:
        """Seconds of it that count."""
        return np.where(self.pausing | self.gap, 0, self.end - self.free)

    @property
    def paused(self) -> Ints:
        """Open seconds of it that a status or an exclusion took out."""
        return np.where(self.gap, 0, np.where(self.pausing, self.end, self.free) - self.begin)


def measured(
    events: Block, which: Stretches, hours: OpenTime, calendar: Ints, target: Ints, kind: Kind, percents: Sequence[int]
) -> Figures:
    """The figures of each stretch, whose `events` are column by column those of its ticket; `target` in seconds of `calendar`."""
    wanted = [target, *(-(-target * percent // 100) for percent in percents)]
    reached = [np.full(target.shape, NOTHING) for _ in wanted]  # open seconds before the instant at which it is reached
    elapsed, paused = np.zeros_like(target), np.zeros_like(target)
    for piece in _pieces(events, which, hours, calendar, kind):
        counted = piece.counted
        for seconds, place in zip(wanted, reached, strict=True):
            here = (elapsed < seconds) & (elapsed + counted >= seconds)
            np.copyto(place, piece.free + (seconds - elapsed), where=here)
        elapsed += counted
        paused += piece.paused
    stopped = piece.pausing | (piece.excluded == FOREVER)
    due, *marks = (
        _when(hours, calendar, which, seconds, place, elapsed, stopped, piece.excluded)
        for seconds, place in zip(wanted, reached, strict=True)
    )
    late = elapsed > target
    return Figures(
        state=_state(hours, calendar, which, late, piece.pausing | (piece.excluded > which.end)),
        priority=which.priority,
        target=target,
        elapsed=elapsed,
        paused=paused,
        zero=which.zero,
        end=which.end,
        due=due,
        met=which.met,
        breached=np.where(late, due, NOTHING),
        marks=np.stack(marks, axis=1) if marks else np.empty((len(target), 0), np.int64),
    )


def _pieces(events: Block, which: Stretches, hours: OpenTime, calendar: Ints, kind: Kind) -> Iterator[Piece]:
    """All pieces of the stretches, one event after the other. Those before the zero and after the end are empty."""
    pausing, gap = np.zeros(which.zero.shape, np.bool_), np.zeros(which.zero.shape, np.bool_)
    excluded = np.full(which.zero.shape, NOTHING)
    begin, opened = which.zero, hours.before(calendar, which.zero)
    for place in range(int(which.upto.max(initial=1))):
        live = place < which.upto
        pausing = np.where(live & events.sets[place], events.pauses[place], pausing)
        excluded = np.where(live, np.maximum(excluded, events.until[place]), excluded)
        if kind is Kind.RESOLUTION:
            type_ = events.type[place]
            gap = (gap | (live & (type_ == CODE["resolved"]))) & (type_ != CODE["reopened"])
        last = place + 1 >= which.upto
        end = which.end if place + 1 == len(events.at) else np.where(last, which.end, events.at[place + 1])
        end = np.maximum(end, begin)
        opened_end = hours.before(calendar, end)
        free = opened
        covered = np.flatnonzero((excluded > begin) & (end > begin))
        if covered.size:
            free = opened.copy()
            free[covered] = hours.before(calendar[covered], np.minimum(excluded, end)[covered])
        yield Piece(opened, free, opened_end, pausing, gap, excluded)
        begin, opened = end, opened_end


def _when(
    hours: OpenTime,
    calendar: Ints,
    which: Stretches,
    seconds: Ints,
    reached: Ints,
    elapsed: Ints,
    stopped: Flags,
    excluded: Ints,
) -> Ints:
    """The earliest instants at which elapsed reaches `seconds`, the status at the end kept on [7]."""
    horizon = which.end + TEN_YEARS
    ahead = np.flatnonzero((elapsed < seconds) & ~stopped)
    if ahead.size:
        calm = np.minimum(np.maximum(which.end, excluded), horizon)[ahead]
        reached[ahead] = hours.before(calendar[ahead], calm) + (seconds - elapsed)[ahead]
    found = np.where(seconds == 0, which.zero, NOTHING)
    there = np.flatnonzero((reached != NOTHING) & (seconds > 0))
    found[there] = hours.when(calendar[there], reached[there], horizon[there])
    return found


def _state(hours: OpenTime, calendar: Ints, which: Stretches, late: Flags, paused: Flags) -> Codes:
    """Where each clock stands [9]."""
    met = which.met != NOTHING
    state = np.full(late.shape, NONE, np.int16)
    state[met] = STATE[State.MET]
    state[met & late] = STATE[State.MET_LATE]
    state[~met & late] = STATE[State.BREACHED]
    state[~met & ~late & paused] = STATE[State.PAUSED]
    rest = np.flatnonzero(~met & ~late & ~paused)
    end = which.end[rest]
    is_open = hours.before(calendar[rest], end + 1) > hours.before(calendar[rest], end)
    state[rest] = np.where(is_open, STATE[State.RUNNING], STATE[State.OUTSIDE_HOURS])
    return state
