# SPDX-License-Identifier: Apache-2.0
"""What a ticket has to do with."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.records.public import RecordRef, find_record
from steward.core.tenancy.public import Actor
from steward.desk.tickets.models import Ticket, TicketLink
from steward.desk.tickets.writing import happened, held, moment, reference, written


@action(permission="tickets.work")
def ticket_link(*, actor: Actor, ticket: Ticket, ref: RecordRef) -> bool:
    """Note that a ticket has to do with a record of its client. Returns whether that was new.

    Raises:
        Refused: field `ref` for a record that the actor can't see, that is of another client, or that is the ticket itself.
    """
    found = held(ticket)
    at = moment(found)
    if not link(found, ref, at=at):
        return False
    audit("tickets.ticket.link", found, record=str(ref))
    written(found, at)
    return True


@action(permission="tickets.work")
def ticket_unlink(*, actor: Actor, ticket: Ticket, ref: RecordRef) -> bool:
    """Take that back. Returns whether it was noted."""
    found = held(ticket)
    gone, _each = found.links.filter(record_kind=ref.kind, record_uid=ref.uid).delete()
    if not gone:
        return False
    at = moment(found)
    happened(found, "tickets.unlinked", {"record": str(ref)}, at=at)
    audit("tickets.ticket.unlink", found, record=str(ref))
    written(found, at)
    return True


def link(ticket: Ticket, ref: RecordRef, *, at: datetime) -> bool:
    """Add the row and the entry, for the actor of the scope. Returns whether it was new. Raises Refused as `ticket_link`."""
    record = find_record(ref)
    if record is None or ref == reference(ticket) or getattr(record, "client_id", None) != ticket.client_id:
        raise Refused("ref", _("Choose another record of the same client."))
    _row, made = TicketLink.objects.get_or_create(
        client_id=ticket.client_id, ticket=ticket, record_kind=ref.kind, record_uid=ref.uid
    )
    if made:
        happened(ticket, "tickets.linked", {"record": str(ref)}, at=at)
    return made
