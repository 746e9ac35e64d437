# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from uuid import UUID

from django.db.models import QuerySet

from steward.core.records.public import RecordRef
from steward.core.tenancy.public import current_scope
from steward.desk.tickets import life
from steward.desk.tickets.models import Queue, Ticket, TimelineEntry


def tickets() -> QuerySet[Ticket]:
    """Every ticket within the scope, with what a line shows."""
    return Ticket.objects.select_related("client", "queue", "assignee", "asset", "requester")


def ticket(number: str) -> Ticket:
    """One ticket by its number. Raises Ticket.DoesNotExist."""
    return tickets().get(number=number)


def ticket_by_uid(uid: UUID) -> Ticket:
    """One ticket. Raises Ticket.DoesNotExist."""
    return tickets().get(uid=uid)


def unresolved() -> QuerySet[Ticket]:
    """Those that somebody must still work on."""
    return tickets().filter(status__in=life.UNRESOLVED)


def tickets_linked_to(ref: RecordRef) -> list[Ticket]:
    """Every ticket that has to do with a record, newest first."""
    rows = tickets().filter(links__record_kind=ref.kind, links__record_uid=ref.uid)
    return list(rows.order_by("-opened_at", "-pk"))


def open_ticket_linked_to(ref: RecordRef) -> Ticket | None:
    """The newest unresolved ticket that has to do with a record."""
    return next((each for each in tickets_linked_to(ref) if not each.is_resolved), None)


def timeline_of(found: Ticket) -> QuerySet[TimelineEntry]:
    """What happened to a ticket, in order, as far as the reader may see it: the client's people see what is public."""
    rows = found.timeline.select_related("person", "message", "message__author").order_by("at", "pk")
    return rows if sees_notes() else rows.filter(public=True)


def sees_notes() -> bool:
    """Whether the reader may see internal notes and all that happened."""
    return current_scope().actor.may("tickets.notes_view")


def queues() -> QuerySet[Queue]:
    """Every queue, by name."""
    return Queue.objects.all()


def queues_in_use() -> QuerySet[Queue]:
    """Those that are offered."""
    return Queue.objects.filter(archived_at=None)


def queue(uid: UUID) -> Queue:
    """One queue. Raises Queue.DoesNotExist."""
    return Queue.objects.get(uid=uid)
