# SPDX-License-Identifier: Apache-2.0
"""Every write of this room."""

from steward.desk.tickets.actions.linking import ticket_link, ticket_unlink
from steward.desk.tickets.actions.opening import ticket_open
from steward.desk.tickets.actions.queues import queue_archive, queue_create, queue_edit, queue_restore
from steward.desk.tickets.actions.talking import (
    FILE_TYPES,
    MOST_FILES,
    MOST_MEGABYTES,
    Attached,
    ticket_note,
    ticket_reply,
    ticket_write_note,
)
from steward.desk.tickets.actions.working import (
    TicketFields,
    ticket_assign,
    ticket_edit,
    ticket_reopen,
    ticket_resolve,
    ticket_set_status,
)

__all__ = [
    "FILE_TYPES",
    "MOST_FILES",
    "MOST_MEGABYTES",
    "Attached",
    "TicketFields",
    "queue_archive",
    "queue_create",
    "queue_edit",
    "queue_restore",
    "ticket_assign",
    "ticket_edit",
    "ticket_link",
    "ticket_note",
    "ticket_open",
    "ticket_reopen",
    "ticket_reply",
    "ticket_resolve",
    "ticket_set_status",
    "ticket_unlink",
    "ticket_write_note",
]
