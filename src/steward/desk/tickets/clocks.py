# SPDX-License-Identifier: Apache-2.0
"""The clocks of many tickets at once, read as they stand at an instant: six queries, however many tickets."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse

from steward.desk.tickets.clock import SEEN, events_of
from steward.desk.tickets.models import TICKET, Ticket, TimelineEntry
from steward.desk.tickets.writing import moment
from steward.promises.sla.public import (
    Event,
    Kind,
    Obligation,
    Policy,
    PromiseBar,
    Reading,
    SlaPolicyVersion,
    bar_of,
    policies_values,
    read,
)

KINDS: Final = (Kind.RESPONSE, Kind.RESOLUTION)


@dataclass(frozen=True, slots=True)
class Clocks:
    """A ticket's clocks: the policy that judges it, what each kind shows, the clause of each."""

    policy: Policy
    readings: dict[Kind, Reading]
    clauses: dict[Kind, str]

    @property
    def next(self) -> Kind | None:
        """What has to be done next: respond, then resolve; None when both are done."""
        return next((kind for kind in KINDS if kind in self.readings and self.readings[kind].met is None), None)

    @property
    def last(self) -> Kind:
        """What is shown of a ticket whose promises are settled."""
        return KINDS[1] if KINDS[1] in self.readings else KINDS[0]


@dataclass(slots=True)
class _Owed:
    """What the clocks of a ticket are read from."""

    version: int
    clauses: dict[Kind, str] = field(default_factory=dict)
    met: set[Kind] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Known:
    """The same of many tickets, with their events, the policies, and the instant at which all is read."""

    owed: Mapping[int, _Owed]
    policies: Mapping[int, Policy]
    events: Mapping[int, Sequence[Event]]
    now: int


def clocks_of(tickets: Sequence[Ticket], *, at: datetime | None = None) -> dict[int, Clocks]:
    """The clocks by the ticket's key; without those that owe nothing. `at` reads them as they stood then, by default as they stand
    now: what happened later is ignored, also that a ticket was opened."""
    known = _known(tickets, at)
    return {
        key: _clocks(known.policies[owed.version], known.events[key], owed, known.now)
        for key, owed in known.owed.items()
    }


def put_bars(tickets: Sequence[Ticket]) -> None:
    """Give each ticket of a list its `bar`: of what has to be done next, None where no clock runs."""
    known = _known(tickets, None)
    for each in tickets:
        each.bar = _bar(each, known)  # type: ignore[attr-defined]  # for the list alone


def _bar(ticket: Ticket, known: _Known) -> PromiseBar | None:
    owed = known.owed.get(ticket.pk)
    if owed is None:
        return None
    policy, last = known.policies[owed.version], None
    for kind in KINDS:
        # What the clock has kept as met is not read again: half of a list's work would be for nothing.
        if kind in owed.met and kind is not KINDS[-1]:
            continue
        found = read(policy, known.events[ticket.pk], known.now, kind)
        last = (kind, found) if found is not None else last
        if found is not None and found.met is None:
            break
    if last is None:
        return None
    return bar_of(policy, *last, url=f"{reverse('tickets.ticket', args=[ticket.number])}#clock")


def _known(tickets: Sequence[Ticket], at: datetime | None) -> _Known:
    owed = _owed({each.uid: each.pk for each in tickets})
    versions = SlaPolicyVersion.objects.filter(pk__in={each.version for each in owed.values()})
    policies = policies_values(versions.prefetch_related("targets"))
    return _Known(owed, policies, _events(owed), int((at or moment()).timestamp()))


def _owed(keys: Mapping[UUID, int]) -> dict[int, _Owed]:
    rows = Obligation.objects.filter(subject_kind=TICKET, subject_uid__in=list(keys)).exclude(
        state=Obligation.State.WAIVED
    )
    found: dict[int, _Owed] = {}
    for uid, version, kind, clause, met in rows.values_list("subject_uid", "version", "kind", "clause", "met_at"):
        owed = found.setdefault(keys[uid], _Owed(version))
        owed.clauses[Kind(kind)] = clause
        if met is not None:
            owed.met.add(Kind(kind))
    return found


def _clocks(policy: Policy, events: Sequence[Event], owed: _Owed, now: int) -> Clocks:
    readings = {kind: found for kind in KINDS if (found := read(policy, events, now, kind)) is not None}
    return Clocks(policy, readings, owed.clauses)


def _events(tickets: Collection[int]) -> dict[int, list[Event]]:
    entries = defaultdict(list)
    seen = TimelineEntry.objects.filter(ticket__in=tickets, kind__in=SEEN)
    for each in seen.values_list("ticket_id", "pk", "kind", "params", "at", named=True):
        entries[each.ticket_id].append(each)
    return {key: events_of(entries[key]) for key in tickets}
