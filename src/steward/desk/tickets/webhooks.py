# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from datetime import datetime

from steward.core.webhooks.public import ClientSaid, RecordSaid, client_said, record_said, register_webhook_event
from steward.desk.tickets.events import TicketChanged, TicketOpened, TicketReopened, TicketResolved
from steward.desk.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class TicketData:
    """A ticket as it is when it is told; never what was said about it. `due_at` is the earliest of what it owes, null while paused."""

    client: ClientSaid
    ticket: RecordSaid
    number: str
    kind: str
    status: str
    priority: str
    summary: str
    source: str
    opened_at: datetime
    resolved_at: datetime | None
    due_at: datetime | None


def _ticket(event: TicketOpened | TicketChanged | TicketResolved | TicketReopened) -> TicketData:
    found = Ticket.objects.select_related("client").get(uid=event.ticket_uid)
    return TicketData(
        client=client_said(found.client),
        ticket=record_said(found),
        number=found.number,
        kind=found.kind,
        status=found.status,
        priority=found.priority,
        summary=found.summary,
        source=found.source,
        opened_at=found.opened_at,
        resolved_at=found.resolved_at,
        due_at=found.due_at,
    )


register_webhook_event("tickets.ticket_opened", TicketOpened, payload=_ticket)
register_webhook_event("tickets.ticket_changed", TicketChanged, payload=_ticket)
register_webhook_event("tickets.ticket_resolved", TicketResolved, payload=_ticket)
register_webhook_event("tickets.ticket_reopened", TicketReopened, payload=_ticket)
