# SPDX-License-Identifier: Apache-2.0
"""What happened to many tickets, and what their clocks show, as columns. Instants are whole seconds since the epoch, int64."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from itertools import accumulate
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from steward.promises.sla.clock import Reading, State
from steward.promises.sla.policy import Kind
from steward.promises.sla.timeline import Event

Ints = NDArray[np.int64]
Codes = NDArray[np.int16]
Flags = NDArray[np.bool_]

TYPES: Final = ("opened", "reply", "status", "priority", "excluded", "resolved", "reopened")
KINDS: Final = tuple(Kind)  # the targets of an exclusion are bits: 1 for the first kind, 2 for the second
STATES: Final = tuple(State)
NOTHING: Final = int(np.iinfo(np.int64).min)  # no such instant
FOREVER: Final = 2**62  # an exclusion without an end
NONE: Final = -1  # no such code


@dataclass(frozen=True, slots=True)
class Happened:
    """The events of all tickets, those of ticket n from `starts[n]` to `starts[n + 1]`, checked and in order as `read` wants them.

    `type` are places in TYPES, `status` and `priority` places in `statuses` and `priorities`, NONE where the event has none.
    """

    starts: Ints
    at: Ints
    type: Codes
    status: Codes
    priority: Codes
    until: Ints
    targets: Codes
    answers: Flags
    statuses: tuple[str, ...]
    priorities: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.starts) - 1

    def events(self, ticket: int) -> list[Event]:
        """One ticket's events as values; the categories of exclusions are not kept."""
        return [self._event(place) for place in range(int(self.starts[ticket]), int(self.starts[ticket + 1]))]

    def _event(self, place: int) -> Event:
        status, priority, until = int(self.status[place]), int(self.priority[place]), int(self.until[place])
        return Event(
            at=int(self.at[place]),
            type=TYPES[self.type[place]],
            status=self.statuses[status] if status != NONE else "",
            priority=self.priorities[priority] if priority != NONE else "",
            until=until if until != FOREVER else None,
            targets=frozenset(kind for bit, kind in enumerate(KINDS) if self.targets[place] >> bit & 1),
            answers=bool(self.answers[place]),
        )


def columns(tickets: Sequence[Sequence[Event]]) -> Happened:
    """Events as columns."""
    flat = [event for events in tickets for event in events]
    statuses = _names(event.status for event in flat)
    priorities = _names(event.priority for event in flat)
    return Happened(
        starts=np.fromiter(accumulate(map(len, tickets), initial=0), np.int64, len(tickets) + 1),
        at=np.array([event.at for event in flat], np.int64),
        type=np.array([TYPES.index(event.type) for event in flat], np.int16),
        status=np.array([statuses.get(event.status, NONE) for event in flat], np.int16),
        priority=np.array([priorities.get(event.priority, NONE) for event in flat], np.int16),
        until=np.array([FOREVER if event.until is None else event.until for event in flat], np.int64),
        targets=np.array([_bits(event.targets) for event in flat], np.int16),
        answers=np.array([event.answers for event in flat], np.bool_),
        statuses=tuple(statuses),
        priorities=tuple(priorities),
    )


def _names(said: Iterable[str]) -> dict[str, int]:
    return {name: code for code, name in enumerate(dict.fromkeys(name for name in said if name))}


def _bits(targets: frozenset[Kind]) -> int:
    return sum(1 << bit for bit, kind in enumerate(KINDS) if kind in targets)


@dataclass(frozen=True, slots=True)
class Figures:
    """What clocks show, a row each: the fields of `Reading`, with NOTHING for None, but no segments.

    `state` are places in STATES, NONE where the policy promises nothing, and then the rest of the row says nothing.
    `marks` have a column for each percent that was asked for.
    """

    state: Codes
    priority: Codes
    target: Ints
    elapsed: Ints
    paused: Ints
    zero: Ints
    end: Ints
    due: Ints
    met: Ints
    breached: Ints
    marks: Ints

    @classmethod
    def empty(cls, rows: int, percents: int) -> Self:
        """Rows that say nothing yet."""
        codes = [np.full(rows, NONE, np.int16) for _ in range(2)]
        target, elapsed, paused, zero, end, due, met, breached = (np.full(rows, NOTHING) for _ in range(8))
        marks = np.full((rows, percents), NOTHING)
        return cls(codes[0], codes[1], target, elapsed, paused, zero, end, due, met, breached, marks)

    @classmethod
    def joined(cls, parts: Sequence["Figures"]) -> "Figures":
        """One below the other."""
        return cls(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)))

    def of(self, rows: Ints) -> "Figures":
        """Some rows, in the order asked for."""
        return Figures(*(getattr(self, each.name)[rows] for each in fields(self)))

    def put(self, rows: Ints, given: "Figures") -> None:
        """Write over some rows."""
        for each in fields(self):
            getattr(self, each.name)[rows] = getattr(given, each.name)

    def put_reading(self, row: int, reading: Reading, priorities: Sequence[str]) -> None:
        """Write one reading over a row."""
        self.state[row] = STATES.index(reading.state)
        self.priority[row] = priorities.index(reading.priority)
        self.target[row], self.elapsed[row], self.paused[row] = reading.target, reading.elapsed, reading.paused
        self.zero[row], self.end[row] = reading.zero, reading.end
        self.due[row], self.met[row], self.breached[row] = map(
            _or_nothing, (reading.due, reading.met, reading.breached)
        )
        self.marks[row] = [_or_nothing(at) for _percent, at in reading.marks]


def _or_nothing(at: int | None) -> int:
    return NOTHING if at is None else at


@dataclass(frozen=True, slots=True)
class Readings:
    """`figures` has a row for each ticket; `superseded` what stood before changes of priority, `superseded_of` of which ticket.

    Superseded rows of one ticket are in their order. `one_by_one` tickets were too long for columns and were read by `read`.
    """

    figures: Figures
    superseded: Figures
    superseded_of: Ints
    one_by_one: int
