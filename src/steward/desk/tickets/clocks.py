# SPDX-License-Identifier: Apache-2.0
"""The clocks of many tickets at once, read as they stand at an instant: six queries, however many tickets."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import prefetch_related_objects
from django.urls import reverse

from steward.desk.tickets.clock import SEEN, events_of
from steward.desk.tickets.models import TICKET, Ticket, TimelineEntry
from steward.desk.tickets.writing import moment
from steward.promises.sla.public import Kind, Obligation, Policy, PromiseBar, Reading, bar_of, policies_values, read

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


def clocks_of(tickets: Sequence[Ticket], *, at: datetime | None = None) -> dict[int, Clocks]:
    """The clocks by the ticket's key; without those that owe nothing. `at` reads them as they stood then, by default as they stand
    now: what happened later is ignored, also that a ticket was opened."""
    owed: dict[object, list[Obligation]] = defaultdict(list)
    rows = Obligation.objects.filter(subject_kind=TICKET, subject_uid__in=[each.uid for each in tickets])
    for obligation in rows.exclude(state=Obligation.State.WAIVED).select_related("version"):
        owed[obligation.subject_uid].append(obligation)
    versions = list({each.version_id: each.version for found in owed.values() for each in found}.values())
    prefetch_related_objects(versions, "targets")
    policies = policies_values(versions)
    entries = _entries(tickets)
    now = int((at or moment()).timestamp())
    return {
        each.pk: _clocks(policies[owed[each.uid][0].version_id], entries[each.pk], owed[each.uid], now)
        for each in tickets
        if owed[each.uid]
    }


def put_bars(tickets: Sequence[Ticket]) -> None:
    """Give each ticket of a list its `bar`: of what has to be done next."""
    found = clocks_of(tickets)
    for each in tickets:
        clocks = found.get(each.pk)
        each.bar = _bar(each, clocks) if clocks is not None else None  # type: ignore[attr-defined]  # for the list alone


def _bar(ticket: Ticket, clocks: Clocks) -> PromiseBar | None:
    kind = clocks.next or clocks.last
    url = f"{reverse('tickets.ticket', args=[ticket.number])}#clock"
    return bar_of(clocks.policy, kind, clocks.readings[kind], url=url) if kind in clocks.readings else None


def _clocks(policy: Policy, entries: Sequence[TimelineEntry], owed: Sequence[Obligation], now: int) -> Clocks:
    events = events_of(entries)
    readings = {kind: found for kind in KINDS if (found := read(policy, events, now, kind)) is not None}
    return Clocks(policy, readings, {Kind(each.kind): each.clause for each in owed})


def _entries(tickets: Sequence[Ticket]) -> dict[int, list[TimelineEntry]]:
    found: dict[int, list[TimelineEntry]] = defaultdict(list)
    for entry in TimelineEntry.objects.filter(ticket__in=[each.pk for each in tickets], kind__in=SEEN):
        found[entry.ticket_id].append(entry)
    return found
