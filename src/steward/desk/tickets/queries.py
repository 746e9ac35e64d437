# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Count, Exists, F, Model, OuterRef, QuerySet

from steward.core.identity.public import User
from steward.core.records.public import RecordRef, find_records
from steward.core.search.public import narrowed
from steward.core.tenancy.public import Client, current_scope
from steward.desk.tickets import life
from steward.desk.tickets.models import TICKET, Attachment, Message, Queue, Ticket, TimelineEntry
from steward.estate.clients.public import Contact

WORKS: Final = "tickets.work"


def tickets() -> QuerySet[Ticket]:
    """Every ticket within the scope, with what a line shows."""
    return Ticket.objects.select_related("client", "queue", "assignee", "asset", "requester")


def lines() -> QuerySet[Ticket]:
    """The same with what a line shows, and without the long words of people."""
    return Ticket.objects.select_related("client", "queue", "assignee", "asset").only(
        *("uid", "client", "number", "kind", "status", "priority", "queue", "tier", "assignee", "summary", "asset"),
        *("opened_at", "resolved_at", "changed_at", "due_at", "due_kind"),
        *("client__slug", "client__name", "queue__name", "assignee__name", "assignee__email", "asset__name"),
    )


def matching(rows: QuerySet[Ticket], text: str) -> QuerySet[Ticket]:
    """Those of `rows` with words that begin as those of `text`: number, summary, client, description."""
    found = narrowed(rows, TICKET, text)
    return found if found is not None else rows.filter(summary__icontains=text)


def people_at_work() -> QuerySet[User]:
    """Whoever has an unresolved ticket, by name."""
    theirs = unresolved().filter(assignee_id=OuterRef("pk"))
    return User.objects.filter(Exists(theirs)).order_by("name", "pk")


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


def people_named(ids: Iterable[int]) -> dict[int, str]:
    """The names of persons by their keys."""
    return {each.pk: str(each) for each in User.objects.filter(pk__in=set(ids))}


def attachments_of(messages: Iterable[Message]) -> dict[int, list[Attachment]]:
    """The files of many messages by the message's key."""
    found: dict[int, list[Attachment]] = {}
    for each in Attachment.objects.filter(message__in=[one.pk for one in messages]).select_related("file"):
        found.setdefault(each.message_id, []).append(each)
    return found


def attachment(found: Ticket, uid: UUID) -> Attachment:
    """A file of a ticket, as far as the reader may see the words that it belongs to. Raises Attachment.DoesNotExist."""
    rows = Attachment.objects.select_related("file").filter(message__ticket=found)
    return (rows if sees_notes() else rows.filter(message__internal=False)).get(uid=uid)


def links_of(found: Ticket) -> list[tuple[RecordRef, Model]]:
    """What a ticket has to do with, as far as the reader may see it."""
    refs = [RecordRef(each.record_kind, each.record_uid) for each in found.links.order_by("at", "pk")]
    rows = find_records(refs)
    return [(ref, rows[ref]) for ref in refs if ref in rows]


def of_asset(asset_id: int) -> QuerySet[Ticket]:
    """The unresolved tickets about an asset, what breaks first before the rest."""
    return by_due(unresolved().filter(asset_id=asset_id))


def of_client(client_id: int) -> QuerySet[Ticket]:
    """The unresolved tickets of a client, what breaks first before the rest."""
    return by_due(unresolved().filter(client_id=client_id))


def of_person(person_id: int) -> QuerySet[Ticket]:
    """What somebody works on, what breaks first before the rest."""
    return by_due(unresolved().filter(assignee_id=person_id))


def by_due(rows: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """In the order in which promises break; what is paused or has none, last."""
    return rows.order_by(F("due_at").asc(nulls_last=True), "id")


def counts_by_status(rows: QuerySet[Ticket]) -> dict[str, int]:
    """How many there are in each state."""
    return dict(rows.order_by().values_list("status").annotate(Count("pk")))


def queues_named(ids: Iterable[int]) -> dict[int, str]:
    """The names of queues by their keys."""
    return dict(Queue.objects.filter(pk__in=set(ids)).values_list("pk", "name"))


def open_clients() -> QuerySet[Client]:
    """Clients that are looked after, by name."""
    return Client.objects.filter(state=Client.State.ACTIVE)


def contacts_of(client: Client) -> QuerySet[Contact]:
    """Who at a client may ask for something."""
    return Contact.objects.filter(client=client, archived_at=None)


def lane(rows: QuerySet[Ticket], status: str) -> QuerySet[Ticket]:
    """Those of a state: what breaks first before the rest; of what is resolved, the latest first."""
    found = rows.filter(status=status)
    return found.order_by("-resolved_at", "-id") if status == life.RESOLVED else by_due(found)


def due_before(at: datetime) -> QuerySet[Ticket]:
    """Those of which something is due before an instant, or was; soonest first."""
    return by_due(unresolved().filter(due_at__lt=at))
