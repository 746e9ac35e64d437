# SPDX-License-Identifier: Apache-2.0
"""How a ticket begins."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from steward.core.access.public import action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import RecordRef, next_number
from steward.core.tenancy.public import Actor, Client
from steward.core.ui.public import notify_live, topic
from steward.desk.tickets.actions.checks import check_ticket, line
from steward.desk.tickets.actions.linking import link
from steward.desk.tickets.clock import OPENED
from steward.desk.tickets.events import TicketOpened
from steward.desk.tickets.models import TICKET, Queue, Ticket, TicketStatus
from steward.desk.tickets.priority import priority_of
from steward.desk.tickets.tokens import token_of
from steward.desk.tickets.writing import happened, kept, moment
from steward.estate.assets.public import Asset
from steward.estate.clients.public import Contact

PREFIX: Final = "T"


@action(permission="tickets.open")
def ticket_open(
    *,
    actor: Actor,
    client: Client,
    kind: str,
    summary: str,
    description: str = "",
    impact: int,
    urgency: int,
    asset: Asset | None = None,
    requester: Contact | None = None,
    queue: Queue | None = None,
    source: str,
    linked: Sequence[RecordRef] = (),
    at: datetime | None = None,
) -> Ticket:
    """Open a ticket; its clocks run from `at`, which is now unless it lies in the past. Impact and urgency run from 1, the most, to 3.

    Without `queue` the default one is taken, where there is one. `linked` are records it has to do with, such as the alert it comes from.

    Raises:
        Refused: naming the field: `summary` empty or too long, an unknown choice, an asset or requester of another client, an
            archived queue.
        ForeignClient.
    """
    now = moment(at=at)
    ticket = Ticket(
        client=client,
        kind=kind,
        status=TicketStatus.NEW,
        impact=impact,
        urgency=urgency,
        queue=queue or Queue.objects.filter(is_default=True, archived_at=None).first(),
        summary=line(summary),
        description=description.replace("\r\n", "\n").replace("\x00", "").strip(),
        requester=requester,
        asset=asset,
        source=source,
        opened_at=now,
        opened_by_id=actor.user_id,
        changed_at=now,
    )
    check_ticket(ticket)
    ticket.priority = priority_of(impact, urgency)
    ticket.number = next_number(PREFIX)
    ticket.save()
    ticket.refresh_from_db(fields=["uid"])
    ticket.reply_token = token_of(ticket.uid)
    ticket.save(update_fields=["reply_token"])
    happened(ticket, OPENED, {"status": ticket.status, "priority": ticket.priority, "source": source}, at=now)
    for ref in linked:
        link(ticket, ref, at=now)
    kept(ticket)
    notify_live(topic(client, TICKET))
    audit("tickets.ticket.open", ticket, number=ticket.number, source=source, priority=ticket.priority)
    emit(TicketOpened(client.pk, ticket.uid))
    return ticket
