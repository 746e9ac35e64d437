# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.desk.tickets import timeline  # noqa: F401  # declares this room's own kinds of entries
from steward.desk.tickets.clock import histories, keep_due, standing
from steward.desk.tickets.models import TICKET, Ticket, TicketStatus
from steward.promises.sla.public import register_pausing_statuses, register_subject


def ticket_url(ticket: Ticket) -> str:
    """A ticket's own page."""
    return reverse("tickets.ticket", args=[ticket.number])


register_record(TICKET, model="tickets.Ticket", url=ticket_url, title=str, permission="tickets.view", label=_("Ticket"))
register_subject(TICKET, standing=standing, histories=histories, kept=keep_due)
register_pausing_statuses(
    {
        each.value: each.label
        for each in (TicketStatus.WAITING_CLIENT, TicketStatus.WAITING_SUPPLIER, TicketStatus.SCHEDULED)
    }
)
