# SPDX-License-Identifier: Apache-2.0
"""What is said about a ticket: public replies, internal notes, and entries of the timeline that other rooms add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.files.public import DOCUMENTS, MEGABYTE, register_file_kind, store_file
from steward.core.tenancy.public import Actor
from steward.desk.tickets.actions.checks import text
from steward.desk.tickets.actions.working import go
from steward.desk.tickets.clock import REPLY
from steward.desk.tickets.mailing import mail_reply
from steward.desk.tickets.models import Attachment, Message, Ticket, TicketStatus, TimelineEntry
from steward.desk.tickets.writing import happened, held, moment, written

PUBLIC_FILE, INTERNAL_FILE = "tickets.public", "tickets.internal"
FILE_TYPES: Final = DOCUMENTS
MOST_FILES: Final = 10
MOST_MEGABYTES: Final = 25  # of one file

register_file_kind(PUBLIC_FILE, types=FILE_TYPES, max_bytes=MOST_MEGABYTES * MEGABYTE, permission="tickets.view")
register_file_kind(
    INTERNAL_FILE, types=FILE_TYPES, max_bytes=MOST_MEGABYTES * MEGABYTE, permission="tickets.notes_view"
)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file somebody hands in: its name, and a stream of its bytes."""

    name: str
    stream: Any


@action(permission="tickets.reply")
def ticket_reply(
    *, actor: Actor, ticket: Ticket, body: str, files: Sequence[Attached] = (), automatic: bool = False
) -> Message:
    """Answer in public: the client's people read it, and it goes to the requester by mail. The first one by a person meets the response.

    A new ticket is in progress from then on.

    Raises:
        Refused: field `body` when empty or too long; `file` as `store_file`; the whole when the ticket is closed.
    """
    found = held(ticket)
    _refuse_closed(found)
    at = moment(found)
    message = _said(found, actor, body, files, internal=False, automatic=automatic, at=at)
    happened(found, REPLY, {"by": "staff", "automatic": automatic}, at=at, message=message)
    mail_reply(found, message, files=len(files))
    if found.status == TicketStatus.NEW and not automatic:
        go(found, TicketStatus.OPEN, at)
    audit("tickets.ticket.reply", found, message=str(message.uid), files=len(files))
    written(found, at)
    return message


@action(permission="tickets.note")
def ticket_write_note(*, actor: Actor, ticket: Ticket, body: str, files: Sequence[Attached] = ()) -> Message:
    """Write an internal note, which the client's people never see. Raises Refused as `ticket_reply`."""
    found = held(ticket)
    at = moment(found)
    message = _said(found, actor, body, files, internal=True, automatic=False, at=at)
    happened(found, "tickets.note", {}, at=at, message=message)
    audit("tickets.ticket.note", found, message=str(message.uid), files=len(files))
    written(found, at)
    return message


@action(permission="tickets.work")
def ticket_note(*, actor: Actor, ticket: Ticket, kind: str, params: Mapping[str, Any]) -> TimelineEntry:
    """Add an entry to the timeline: a kind that was registered, and its parameters, never a sentence.

    Raises UnknownTimelineKind; Refused for `params` that are too long.
    """
    found = held(ticket)
    at = moment(found)
    entry = happened(found, kind, params, at=at)
    written(found, at)
    return entry


def _said(
    ticket: Ticket, actor: Actor, body: str, files: Sequence[Attached], *, internal: bool, automatic: bool, at: Any
) -> Message:
    if len(files) > MOST_FILES:
        raise Refused("file", _("Attach at most %(most)s files at once.") % {"most": MOST_FILES})
    message = Message(
        client_id=ticket.client_id,
        ticket=ticket,
        internal=internal,
        automatic=automatic,
        author_id=actor.user_id,
        body=text("body", body),
        at=at,
    )
    message.save()
    message.refresh_from_db(fields=["uid"])
    kind = INTERNAL_FILE if internal else PUBLIC_FILE
    for each in files:
        file = store_file(ticket.client, each.name, each.stream, kind)
        Attachment.objects.create(client_id=ticket.client_id, message=message, file=file)
    return message


def _refuse_closed(ticket: Ticket) -> None:
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("", _("%(number)s is closed, and stays as it is. Open a new ticket.") % {"number": ticket.number})
