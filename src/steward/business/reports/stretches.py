# SPDX-License-Identifier: Apache-2.0
"""When a machine was up, down, or nobody knows: from the instants at which it was measured. Values in, values out.

Instants are milliseconds since the epoch."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

SECOND: Final = 1000


class State(StrEnum):
    """GAP: nothing was measured, and nothing says that the machine was off. Neither up nor down."""

    UP = "up"
    DOWN = "down"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class Break:
    """A place where samples stop being neighbours. `before` is the last instant measured before it, None before the first sample;
    `after` the first one measured after it, None after the last; `uptime` what the machine said then: seconds since it was started."""

    before: int | None
    after: int | None
    uptime: float = 0.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `start` to `end` (exclusive) a machine was in one state."""

    state: State
    start: int
    end: int

    @property
    def seconds(self) -> float:
        """How long."""
        return (self.end - self.start) / SECOND


def stretches(breaks: Sequence[Break], start: int, end: int, allowed: int) -> list[Stretch]:
    """The states of one machine from `start` to `end`, without gap or overlap, neighbours of one state as one.

    A break no longer than `allowed` is none. In a longer one the machine was down until the instant at which it was started,
    where its own uptime puts that instant inside the break; the rest is a gap. Without any sample all of it is a gap.
    """
    if end <= start:
        return []
    if not breaks:
        return [Stretch(State.GAP, start, end)]
    missing = [piece for each in sorted(breaks, key=_place) for piece in _missing(each, start, end, allowed)]
    found: list[Stretch] = []
    reached = start
    for piece in cut(missing, start, end):
        if piece.start > reached:
            found.append(Stretch(State.UP, reached, piece.start))
        found.append(piece)
        reached = piece.end
    if reached < end:
        found.append(Stretch(State.UP, reached, end))
    return _joined(found)


def cut(found: Sequence[Stretch], start: int, end: int) -> Iterator[Stretch]:
    """The parts of stretches that lie between two instants."""
    for each in found:
        since, until = max(each.start, start), min(each.end, end)
        if since < until:
            yield Stretch(each.state, since, until)


def _place(each: Break) -> float:
    return each.before if each.before is not None else float("-inf")


def _missing(each: Break, start: int, end: int, allowed: int) -> Iterator[Stretch]:
    before = each.before if each.before is not None else start
    after = each.after if each.after is not None else end
    if after - before <= allowed:
        return
    if each.before is None or each.after is None:
        yield Stretch(State.GAP, before, after)
        return
    # The machine's own clock says when it was started: off until then, and what follows is only not measured.
    started = min(int(after - each.uptime * SECOND), after)
    if started <= before:
        yield Stretch(State.GAP, before, after)
        return
    yield Stretch(State.DOWN, before, started)
    if after - started > allowed:
        yield Stretch(State.GAP, started, after)


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for each in found:
        if joined and joined[-1].state is each.state and joined[-1].end == each.start:
            joined[-1] = Stretch(each.state, joined[-1].start, each.end)
        else:
            joined.append(each)
    return joined
