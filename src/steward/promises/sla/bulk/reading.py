# SPDX-License-Identifier: Apache-2.0
"""The clocks of many tickets, block by block, so that memory does not grow with their number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from steward.promises.sla.bulk.columns import NONE, Figures, Happened, Ints, Readings
from steward.promises.sla.bulk.hours import OpenTime
from steward.promises.sla.bulk.measuring import measured
from steward.promises.sla.bulk.walk import Block, Stretches, block, walk
from steward.promises.sla.calendars import DAY
from steward.promises.sla.clock import Reading, read
from steward.promises.sla.policy import Kind, Policy

BLOCK: Final = 16_384  # tickets at a time: their columns stay within the processor's cache
MONTH: Final = 31 * DAY
WIDEST: Final = 32  # events; a ticket with more is read one by one, lest all of its block be as wide


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a policy promises of one kind by the codes of priorities: seconds, NONE where nothing, and by which calendar."""

    hours: OpenTime
    seconds: Ints
    calendar: Ints


def readings(
    policy: Policy,
    happened: Happened,
    now: int | Ints,
    kind: Kind,
    *,
    percents: Sequence[int] = (),
    tickets_at_once: int = BLOCK,
) -> Readings:
    """What `clock.read` gives for every ticket, but for the segments: all under one policy, at one `now` or each at its own."""
    moments = np.broadcast_to(np.asarray(now, np.int64), len(happened))
    figures = Figures.empty(len(happened), len(percents))
    superseded, of = [Figures.empty(0, 0)], [np.empty(0, np.int64)]
    lengths = np.diff(happened.starts)
    terms = _terms(policy, happened, moments, kind)
    if terms is not None:
        for tickets in _blocks(np.flatnonzero((lengths > 0) & (lengths <= WIDEST)), tickets_at_once):
            events = block(happened, tickets, moments[tickets], policy, kind)
            stretches, before = walk(events, moments[tickets], policy, kind)
            rows = np.flatnonzero((terms.seconds[stretches.priority] != NONE) & (events.count > 0))
            figures.put(tickets[rows], _measured(events, stretches, rows, terms, kind, percents))
            rows = np.flatnonzero(terms.seconds[before.priority] != NONE)
            superseded.append(_measured(events, before, rows, terms, kind, ()))
            of.append(tickets[before.ticket[rows]])
    wide: list[int] = np.flatnonzero(lengths > WIDEST).tolist()
    for ticket in wide:
        found = read(policy, happened.events(ticket), int(moments[ticket]), kind, percents=percents)
        if found is not None:
            figures.put_reading(ticket, found, happened.priorities)
            superseded.append(_rows(found.superseded, happened.priorities))
            of.append(np.full(len(found.superseded), ticket))
    owner = np.concatenate(of)
    order = np.argsort(owner, kind="stable")
    order = order[figures.state[owner[order]] != NONE]
    return Readings(figures, Figures.joined(superseded).of(order), owner[order], len(wide))


def _blocks(tickets: Ints, size: int) -> Iterator[Ints]:
    for first in range(0, len(tickets), size):
        yield tickets[first : first + size]


def _terms(policy: Policy, happened: Happened, moments: Ints, kind: Kind) -> _Terms | None:
    """None where nothing is promised, or nothing happened."""
    targets = [policy.target(kind, priority) for priority in happened.priorities]
    calendars = list(dict.fromkeys(target.calendar for target in targets if target is not None))
    if not calendars or not len(happened.at):
        return None
    return _Terms(
        hours=OpenTime(calendars, int(happened.at.min()), int(max(moments.max(), happened.at.max())) + MONTH),
        seconds=np.array([NONE if target is None else target.seconds for target in targets], np.int64),
        calendar=np.array([0 if target is None else calendars.index(target.calendar) for target in targets], np.int64),
    )


def _measured(
    events: Block, stretches: Stretches, rows: Ints, terms: _Terms, kind: Kind, percents: Sequence[int]
) -> Figures:
    if not len(rows):
        return Figures.empty(0, len(percents))
    which = stretches.of(rows)
    own = events if np.array_equal(which.ticket, np.arange(len(events.count))) else events.of(which.ticket)
    calendar, target = terms.calendar[which.priority], terms.seconds[which.priority]
    return measured(own, which, terms.hours, calendar, target, kind, percents)


def _rows(given: Sequence[Reading], priorities: Sequence[str]) -> Figures:
    found = Figures.empty(len(given), 0)
    for row, each in enumerate(given):
        found.put_reading(row, each, priorities)
    return found
