# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models.functions import Now

from steward.core.jobs.public import defer_many, job, periodic
from steward.core.tenancy.public import current_scope
from steward.desk.tickets.actions import ticket_set_status
from steward.desk.tickets.models import Ticket, TicketStatus

CLOSED_AFTER: Final = timedelta(days=7)  # until then whoever asked may say that it was not done
BATCH: Final = 1_000


@job(name="tickets.close")
def close(ticket: str) -> None:
    """Close a ticket that was resolved and not reopened."""
    found = Ticket.objects.filter(uid=UUID(ticket), status=TicketStatus.RESOLVED).first()
    if found is not None:
        ticket_set_status(actor=current_scope().actor, ticket=found, status=TicketStatus.CLOSED)


@periodic("17 * * * *", name="tickets.close_old")
def close_old() -> None:
    """Close what was resolved a week ago."""
    old = Ticket.objects.filter(status=TicketStatus.RESOLVED, resolved_at__lt=Now() - CLOSED_AFTER)
    uids = old.order_by("resolved_at").values_list("uid", flat=True)[:BATCH]
    defer_many(close, [{"ticket": str(uid)} for uid in uids])
