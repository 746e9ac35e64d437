# SPDX-License-Identifier: Apache-2.0
"""From event to event, all tickets of a block at once: from when to when a clock is to be measured, and by which priority."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from steward.promises.sla.bulk.columns import KINDS, NONE, NOTHING, TYPES, Codes, Flags, Happened, Ints
from steward.promises.sla.policy import Kind, Policy

CODE: Mapping[str, int] = {name: code for code, name in enumerate(TYPES)}


@dataclass(frozen=True, slots=True)
class Block:
    """Some tickets' events: a row for each place in a ticket's life, a column for each ticket. Past its last event a ticket has NONE.

    `sets` marks events that give a status, `pauses` those whose status pauses the kind; `until` is NOTHING but for its exclusions.
    """

    at: Ints
    type: Codes
    priority: Codes
    sets: Flags
    pauses: Flags
    until: Ints
    answers: Flags
    count: Ints  # events of each ticket

    def of(self, tickets: Ints) -> "Block":
        """The columns of some tickets, one of which may be asked for twice."""
        return Block(*(getattr(self, each.name)[..., tickets] for each in fields(self)))


@dataclass(frozen=True, slots=True)
class Stretches:
    """What is to be measured: the clock of `ticket` from `zero` to `end` by `priority`, as its first `upto` events have it."""

    ticket: Ints
    zero: Ints
    end: Ints
    met: Ints
    priority: Codes
    upto: Ints

    def of(self, rows: Ints) -> "Stretches":
        """Some of them."""
        return Stretches(*(getattr(self, each.name)[rows] for each in fields(self)))


def block(happened: Happened, tickets: Ints, now: Ints, policy: Policy, kind: Kind) -> Block:
    """The events of `tickets` up to `now`, without those after the one that met the target for good [4, 5, 7, 10]."""
    starts, stops = happened.starts[tickets], happened.starts[tickets + 1]
    width = int((stops - starts).max(initial=1))
    places = starts + np.arange(width)[:, np.newaxis]
    there = places < stops
    places = np.where(there, places, starts)
    at = happened.at[places]
    there &= at <= now
    pausing = policy.pauses.get(kind, frozenset())
    pauses = np.array([*(name in pausing for name in happened.statuses), False], np.bool_)
    status = happened.status[places]
    for_kind = (happened.targets[places] >> KINDS.index(kind) & 1).astype(np.bool_)
    found = Block(
        at=at,
        type=np.where(there, happened.type[places], np.int16(NONE)),
        priority=happened.priority[places],
        sets=there & (status != NONE),
        pauses=pauses[status],
        until=np.where(for_kind, happened.until[places], NOTHING),
        answers=there & happened.answers[places],
        count=there.sum(axis=0),
    )
    return replace(found, count=_settled(found, kind))


def _settled(events: Block, kind: Kind) -> Ints:
    count = events.count
    if kind is Kind.RESPONSE:
        answered = events.answers.any(axis=0)
        return np.where(answered, events.answers.argmax(axis=0) + 1, count)
    met = np.zeros(count.shape, np.bool_)
    last = np.zeros_like(count)
    for place, type_ in enumerate(events.type):
        resolved = type_ == CODE["resolved"]
        met = (met | resolved) & (type_ != CODE["reopened"])
        last[resolved] = place + 1
    return np.where(met, last, count)


def walk(events: Block, now: Ints, policy: Policy, kind: Kind) -> tuple[Stretches, Stretches]:
    """What is to be measured of each ticket, and what a prospective change of priority superseded."""
    tickets = np.arange(len(events.count))
    zero, priority = events.at[0].copy(), events.priority[0].copy()
    met = np.full(zero.shape, NOTHING)
    superseded: list[Stretches] = []
    for place in range(1, len(events.at)):
        live = place < events.count
        at, type_ = events.at[place], np.where(live, events.type[place], np.int16(NONE))
        changed = (type_ == CODE["priority"]) & (events.priority[place] != priority)
        # While it is met a change waits for the reopening, and then holds for the whole time since the zero [6].
        moved = np.flatnonzero(changed & (met == NOTHING)) if not policy.retroactive else tickets[:0]
        if moved.size:
            upto = np.full(moved.shape, place)
            superseded.append(Stretches(moved, zero[moved], at[moved], met[moved], priority[moved], upto))
            zero[moved] = at[moved]
        priority = np.where(changed, events.priority[place], priority)
        if kind is Kind.RESPONSE:
            met = np.where(live & events.answers[place], at, met)
            continue
        again = type_ == CODE["reopened"]
        met = np.where(type_ == CODE["resolved"], at, np.where(again, NOTHING, met))
        if not policy.resume:
            zero = np.where(again, at, zero)
    end = np.where(met != NOTHING, met, now)
    return Stretches(tickets, zero, end, met, priority, events.count), _joined(superseded, tickets[:0])


def _joined(parts: list[Stretches], nothing: Ints) -> Stretches:
    if not parts:
        return Stretches(nothing, nothing, nothing, nothing, nothing.astype(np.int16), nothing)
    return Stretches(*(np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(Stretches)))
