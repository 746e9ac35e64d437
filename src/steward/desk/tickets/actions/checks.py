# SPDX-License-Identifier: Apache-2.0
"""What may stand in a ticket."""

from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, actor_for, scope_for
from steward.core.identity.public import User
from steward.desk.tickets.models import TEXT_LENGTH, Ticket
from steward.desk.tickets.queries import WORKS

_OFFERED: Final = _("Choose one of those offered.")
_OTHERWISE: Final = (
    "client", "number", "priority", "queue", "assignee", "requester", "asset", "opened_by", "opened_at", "changed_at",
)  # fmt: skip


def check_ticket(ticket: Ticket) -> None:
    """Choices, lengths, and that all it points to may stand there. Raises Refused naming the field."""
    if not ticket.summary:
        raise Refused("summary", _("Say in a line what it is about."))
    if len(ticket.description) > TEXT_LENGTH:
        raise Refused("description", _("Use at most %(length)s characters.") % {"length": TEXT_LENGTH})
    for field in ("impact", "urgency", "tier"):
        if getattr(ticket, field) not in (1, 2, 3):
            raise Refused(field, _OFFERED)
    for field in ("asset", "requester"):
        found = getattr(ticket, field)
        if found is not None and found.client_id != ticket.client_id:
            raise Refused(field, _("Choose one of the same client."))
    if ticket.queue is not None and ticket.queue.archived_at is not None:
        raise Refused("queue", _("This queue is archived. Choose another one."))
    try:
        ticket.clean_fields(exclude=_OTHERWISE)
    except ValidationError as wrong:
        field, messages = next(iter(wrong.message_dict.items()))
        raise Refused(field, messages[0]) from None


def check_assignee(person: User, client_id: int) -> None:
    """Raise Refused for somebody who could not work on it: not of the staff, not active, or without sight of the client."""
    works = person.is_active and person.of_staff and actor_for(person).may(WORKS)
    if not works or not scope_for(person).allows(client_id):
        raise Refused("assignee", _("Choose somebody of the staff who may work on this client's tickets."))


def text(field: str, given: str) -> str:
    """Words that somebody wrote, of some lines. Raises Refused when there are none, or too many."""
    said = given.replace("\r\n", "\n").replace("\x00", "").strip()
    if not said or len(said) > TEXT_LENGTH:
        raise Refused(field, _("Write something, in at most %(length)s characters.") % {"length": TEXT_LENGTH})
    return said


def line(given: str) -> str:
    """A text on one line."""
    return " ".join(given.replace("\x00", "").split())
