# SPDX-License-Identifier: Apache-2.0
"""The door of tickets."""

from steward.desk.tickets.actions import (
    ticket_edit,
    ticket_link,
    ticket_note,
    ticket_open,
    ticket_reopen,
    ticket_resolve,
)
from steward.desk.tickets.clocks import Clocks, clocks_of
from steward.desk.tickets.events import TicketChanged, TicketOpened, TicketReopened, TicketResolved
from steward.desk.tickets.kinds import UnknownTimelineKind, register_timeline_kind
from steward.desk.tickets.models import Queue, Ticket, TicketKind, TicketSource, TicketStatus
from steward.desk.tickets.queries import open_ticket_linked_to, ticket_by_uid, tickets_linked_to
from steward.desk.tickets.records import ticket_url

__all__ = [
    "Clocks",
    "Queue",
    "Ticket",
    "TicketChanged",
    "TicketKind",
    "TicketOpened",
    "TicketReopened",
    "TicketResolved",
    "TicketSource",
    "TicketStatus",
    "UnknownTimelineKind",
    "clocks_of",
    "open_ticket_linked_to",
    "register_timeline_kind",
    "ticket_by_uid",
    "ticket_edit",
    "ticket_link",
    "ticket_note",
    "ticket_open",
    "ticket_reopen",
    "ticket_resolve",
    "ticket_url",
    "tickets_linked_to",
]
