# SPDX-License-Identifier: Apache-2.0
"""What tickets add to other pages: what is open about an asset, of a client; on the start page what breaks first, and my work."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, length, panel
from steward.desk.tickets import queries
from steward.desk.tickets.clocks import put_bars
from steward.desk.tickets.models import Ticket
from steward.desk.tickets.writing import moment
from steward.estate.assets.public import Asset
from steward.promises.sla.public import Kind as Promised
from steward.promises.sla.public import PromiseBar

SHOWN: Final = 6
SHOWN_TODAY: Final = 10
AHEAD: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class OpenTickets:
    """Unresolved tickets, what breaks first before the rest; and where all of them, and a new one, are."""

    tickets: Sequence[Ticket]
    count: int
    url: str
    new_url: str


@dataclass(frozen=True, slots=True)
class Line:
    """A ticket with its bar. `do` is what its reader does next: take, answer, reply or open it."""

    ticket: Ticket
    bar: PromiseBar | None
    me: bool
    do: str


@dataclass(frozen=True, slots=True)
class AtRisk:
    """What breaks within a day, soonest first. `broken` of them are over already."""

    lines: Sequence[Line]
    count: int
    broken: int
    url: str
    verdict: str


@dataclass(frozen=True, slots=True)
class MyWork:
    """What the reader works on."""

    lines: Sequence[Line]
    count: int
    url: str


@panel("assets.asset.side", permission="tickets.view", order=15)
def asset_tickets(request: Request, asset: Asset) -> OpenTickets:
    """What is open about an asset."""
    rows = queries.of_asset(asset.pk)
    query = f"?client={asset.client.slug}&asset={asset.number}"
    return OpenTickets(
        list(rows[:SHOWN]),
        rows.count(),
        f"{reverse('tickets.tickets')}?open=yes&client={asset.client.slug}",
        f"{reverse('tickets.ticket_new')}{query}",
    )


@panel("clients.client.side", permission="tickets.view", order=3)
def client_tickets(request: Request, client: Client) -> OpenTickets:
    """What is open of a client."""
    rows = queries.of_client(client.pk)
    return OpenTickets(
        list(rows[:SHOWN]),
        rows.count(),
        f"{reverse('tickets.tickets')}?open=yes&client={client.slug}",
        f"{reverse('tickets.ticket_new')}?client={client.slug}",
    )


@panel("ui.today.work", permission="tickets.work", order=10)
def at_risk(request: Request, _record: object) -> AtRisk | None:
    """What breaks first, of all that this person may see."""
    now = moment()
    rows = queries.due_before(now + AHEAD)
    found = list(rows[:SHOWN_TODAY])
    if not found:
        return None
    broken = queries.due_before(now).count()
    ahead = queries.due_before(now + AHEAD).filter(due_at__gte=now).values_list("due_at", flat=True).first()
    return AtRisk(
        _lines(found, request.user.pk),
        rows.count(),
        broken,
        f"{reverse('tickets.tickets')}?risk=yes",
        _verdict(broken, ahead - now if ahead else None),
    )


@panel("ui.today.work", permission="tickets.work", order=20)
def my_work(request: Request, _record: object) -> MyWork | None:
    """What this person works on."""
    rows = queries.of_person(request.user.pk)
    found = list(rows[:SHOWN_TODAY])
    if not found:
        return None
    return MyWork(_lines(found, request.user.pk), rows.count(), f"{reverse('tickets.tickets')}?open=yes&assignee=me")


def _lines(rows: Sequence[Ticket], person_id: int) -> list[Line]:
    put_bars(rows)
    return [
        Line(each, getattr(each, "bar", None), each.assignee_id == person_id, _next_step(each, person_id))
        for each in rows
    ]


def _next_step(ticket: Ticket, person_id: int) -> str:
    if ticket.assignee_id is None:
        return "take"
    if ticket.assignee_id != person_id:
        return "open"
    return "answer" if ticket.due_kind == Promised.RESPONSE else "reply"


def _verdict(broken: int, until_next: timedelta | None) -> str:
    said = []
    if broken:
        said.append(
            ngettext("%(n)d promise is broken.", "%(n)d promises are broken.", broken) % {"n": broken},
        )
    if until_next is not None:
        said.append(_("The next promise breaks in %(time)s.") % {"time": length(until_next)})
    return " ".join(said)
