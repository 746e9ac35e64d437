# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from steward.core.jobs.public import Job, defer_many, job, periodic
from steward.core.tenancy.public import scoped, system_scope
from steward.watch.alerts import ticketing
from steward.watch.alerts.models import Alert, Severity

BATCH: Final = 100


@job(name="alerts.ticket")
def ticket(*, alerts: str) -> None:
    """Have alerts of one client and kind open or join tickets."""
    ticketing.give_tickets(_ids(alerts))


@job(name="alerts.tell_tickets")
def tell_tickets(*, alerts: str) -> None:
    """Tell tickets that alerts of theirs are over."""
    ticketing.tell_over(_ids(alerts))


@periodic("* * * * *", name="alerts.without_ticket")
def without_ticket() -> None:
    """Tickets for alerts that should have one: their asset's maintenance is over, what was to explain them is over and they are not, or
    the job that was to do it died."""
    ticket_soon(ticketing.free_left_behind())
    _defer(ticket, ticketing.without_ticket())


def ticket_soon(alerts: Iterable[Alert]) -> None:
    """Have alerts ticketed as soon as the open transaction commits. Those in maintenance wait, mere information needs none."""
    _defer(ticket, [each for each in alerts if each.severity != Severity.INFO and not each.in_maintenance])


def tell_tickets_soon(alerts: Iterable[Alert]) -> None:
    """Have their tickets told as soon as the open transaction commits."""
    _defer(tell_tickets, [each for each in alerts if each.ticket_uid is not None])


def _defer(work: Job, alerts: Iterable[Alert]) -> None:
    groups: dict[tuple[int, str], list[int]] = {}
    for each in alerts:
        groups.setdefault((each.client_id, each.kind), []).append(each.pk)
    for (client_id, _kind), ids in groups.items():
        with scoped(system_scope(work.name, frozenset({client_id}))):
            defer_many(work, [{"alerts": part} for part in _parts(ids)])


def _parts(ids: Sequence[int]) -> Iterator[str]:
    """Their numbers, some in a text."""
    for start in range(0, len(ids), BATCH):
        yield " ".join(map(str, ids[start : start + BATCH]))


def _ids(text: str) -> list[int]:
    return [int(each) for each in text.split()]
