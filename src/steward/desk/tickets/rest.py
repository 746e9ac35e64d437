# SPDX-License-Identifier: Apache-2.0
"""Tickets and queues for programs: the same actions and lists as the pages."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.records.public import RecordRef
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint
from steward.desk.tickets import queries
from steward.desk.tickets.actions import (
    TicketFields,
    queue_create,
    queue_edit,
    ticket_assign,
    ticket_edit,
    ticket_link,
    ticket_open,
    ticket_reopen,
    ticket_reply,
    ticket_resolve,
    ticket_set_status,
    ticket_unlink,
    ticket_write_note,
)
from steward.desk.tickets.clocks import clocks_of
from steward.desk.tickets.models import SUMMARY_LENGTH, TEXT_LENGTH, Message, Queue, Ticket, TicketSource
from steward.desk.tickets.tables import QUEUES, TICKETS
from steward.estate.assets.public import Asset
from steward.estate.clients.public import Contact
from steward.promises.sla.public import as_json

api = router("tickets", label=_("Tickets"))
queues = router("ticket-queues", label=_("Queues of tickets"))

list_endpoint(api, "", TICKETS, permission="tickets.view")
list_endpoint(queues, "", QUEUES, permission="tickets.manage")


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class ChangesIn(_In):
    """What may be said of a ticket; what is left out stays as it is. `version` is the one that was looked at."""

    kind: str | None = None
    summary: str | None = Field(None, max_length=SUMMARY_LENGTH)
    description: str | None = Field(None, max_length=TEXT_LENGTH)
    impact: int | None = Field(None, ge=1, le=3)
    urgency: int | None = Field(None, ge=1, le=3)
    tier: int | None = Field(None, ge=1, le=3)
    queue: UUID | None = None
    asset: UUID | None = None
    requester: UUID | None = None
    version: int | None = None

    def fields(self, client: Client) -> TicketFields:
        """As the action takes it. Raises Refused for what is not there."""
        given = self.model_dump(exclude_unset=True, exclude={"version"})
        found: dict[str, Any] = {name: value for name, value in given.items() if name not in _REFERENCES}
        if any(value is None for value in found.values()):
            raise Refused(
                next(name for name, value in found.items() if value is None), _("Give a value, or leave it out.")
            )
        return cast(TicketFields, found | _referred(given, client))


class NewTicketIn(_In):
    """A ticket of a client, named by its slug. Impact and urgency run from 1, the most, to 3."""

    client: str = Field(max_length=40)
    kind: str = "incident"
    summary: str = Field(max_length=SUMMARY_LENGTH)
    description: str = Field("", max_length=TEXT_LENGTH)
    impact: int = Field(ge=1, le=3)
    urgency: int = Field(ge=1, le=3)
    queue: UUID | None = None
    asset: UUID | None = None
    requester: UUID | None = None
    linked: list[str] = Field(default_factory=list, max_length=50)


class AssigneeIn(_In):
    """Who works on it; null: nobody."""

    assignee: UUID | None
    version: int | None = None


class StatusIn(_In):
    """Where it stands."""

    status: str
    version: int | None = None


class ResolutionIn(_In):
    """What was done."""

    resolution: str = Field(max_length=TEXT_LENGTH)
    version: int | None = None


class TicketReasonIn(_In):
    """Why."""

    reason: str = Field(max_length=300)
    version: int | None = None


class BodyIn(_In):
    """Words."""

    body: str = Field(max_length=TEXT_LENGTH)


class AutomaticIn(BodyIn):
    """Words; `automatic` when no person wrote them: then they meet no promise."""

    automatic: bool = False


class LinkIn(_In):
    """A record as "kind:uid"."""

    record: str = Field(max_length=120)


class QueueIn(_In):
    """A place where tickets wait."""

    name: str = Field(max_length=80)
    description: str = Field("", max_length=300)
    is_default: bool = False


class QueueOut(Schema):
    """A place where tickets wait."""

    uid: UUID
    name: str
    description: str
    is_default: bool
    archived_at: datetime | None


class TicketOut(Schema):
    """A ticket as it is now. `due_at` is the earliest of what it owes, null while that is paused."""

    uid: UUID
    number: str
    client: str
    kind: str
    status: str
    priority: str
    impact: int
    urgency: int
    tier: int
    summary: str
    description: str
    source: str
    queue: UUID | None
    assignee: UUID | None
    requester: UUID | None
    asset: UUID | None
    opened_at: datetime
    changed_at: datetime
    resolved_at: datetime | None
    closed_at: datetime | None
    resolution: str
    due_at: datetime | None
    due_kind: str
    version: int
    linked: list[str]


class TicketEntryOut(Schema):
    """Something that happened: a kind and parameters; `message` holds the words, where somebody said something."""

    uid: UUID
    kind: str
    params: dict[str, Any]
    at: datetime
    person: UUID | None
    machine: str
    message: str | None
    internal: bool


class TicketMessageOut(Schema):
    """Words as they were written."""

    uid: UUID
    internal: bool
    automatic: bool
    body: str
    at: datetime


@api.post("", response={201: TicketOut})
@endpoint(permission="tickets.open")
def ticket_post(request: HttpRequest, body: NewTicketIn) -> Status[dict[str, Any]]:
    """Open a ticket."""
    client = Client.objects.filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("There is no client with this slug."))
    given = body.model_dump(exclude_unset=True)
    made = ticket_open(
        actor=acting(),
        client=client,
        kind=body.kind,
        summary=body.summary,
        description=body.description,
        impact=body.impact,
        urgency=body.urgency,
        source=TicketSource.API,
        linked=[_ref(each, "linked") for each in body.linked],
        **_referred(given, client),
    )
    return Status(201, _ticket(made))


@api.get("/{number}", response=TicketOut)
@endpoint(permission="tickets.view")
def ticket_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """One ticket."""
    return _ticket(queries.ticket(number))


@api.put("/{number}", response=TicketOut)
@endpoint(permission="tickets.work")
def ticket_put(request: HttpRequest, number: str, body: ChangesIn) -> dict[str, Any]:
    """Change a ticket; the priority follows from impact and urgency."""
    found = queries.ticket(number)
    return _ticket(ticket_edit(actor=acting(), ticket=found, seen=body.version, **body.fields(found.client)))


@api.post("/{number}/assign", response=TicketOut)
@endpoint(permission="tickets.work")
def assign_post(request: HttpRequest, number: str, body: AssigneeIn) -> dict[str, Any]:
    """Say who works on it."""
    found, person = queries.ticket(number), None
    if body.assignee is not None:
        person = User.objects.filter(uid=body.assignee, side=User.Side.STAFF).first()
        if person is None:
            raise Refused("assignee", _("There is nobody of the staff with this uid."))
    return _ticket(ticket_assign(actor=acting(), ticket=found, assignee=person, seen=body.version))


@api.post("/{number}/status", response=TicketOut)
@endpoint(permission="tickets.work")
def status_post(request: HttpRequest, number: str, body: StatusIn) -> dict[str, Any]:
    """Set where it stands."""
    found = queries.ticket(number)
    return _ticket(ticket_set_status(actor=acting(), ticket=found, status=body.status, seen=body.version))


@api.post("/{number}/resolve", response=TicketOut)
@endpoint(permission="tickets.work")
def resolve_post(request: HttpRequest, number: str, body: ResolutionIn) -> dict[str, Any]:
    """Say that the work is done."""
    found = queries.ticket(number)
    return _ticket(ticket_resolve(actor=acting(), ticket=found, resolution=body.resolution, seen=body.version))


@api.post("/{number}/reopen", response=TicketOut)
@endpoint(permission="tickets.work")
def reopen_post(request: HttpRequest, number: str, body: TicketReasonIn) -> dict[str, Any]:
    """Say that it was not done after all."""
    found = queries.ticket(number)
    return _ticket(ticket_reopen(actor=acting(), ticket=found, reason=body.reason, seen=body.version))


@api.post("/{number}/replies", response={201: TicketMessageOut})
@endpoint(permission="tickets.reply")
def reply_post(request: HttpRequest, number: str, body: AutomaticIn) -> Status[Message]:
    """Answer in public."""
    found = queries.ticket(number)
    return Status(201, ticket_reply(actor=acting(), ticket=found, body=body.body, automatic=body.automatic))


@api.post("/{number}/notes", response={201: TicketMessageOut})
@endpoint(permission="tickets.note")
def note_post(request: HttpRequest, number: str, body: BodyIn) -> Status[Message]:
    """Write an internal note."""
    return Status(201, ticket_write_note(actor=acting(), ticket=queries.ticket(number), body=body.body))


@api.get("/{number}/timeline", response=list[TicketEntryOut])
@endpoint(permission="tickets.view")
def timeline_get(request: HttpRequest, number: str) -> list[dict[str, Any]]:
    """What happened and what was said, in order, as far as the caller may see it: at most the latest thousand."""
    rows = list(queries.timeline_of(queries.ticket(number)).reverse()[:1_000])[::-1]
    return [
        {
            **{name: getattr(each, name) for name in ("uid", "kind", "params", "at")},
            "person": each.person.uid if each.person else None,
            "machine": each.actor_name,
            "message": each.message.body if each.message else None,
            "internal": not each.public,
        }
        for each in rows
    ]


@api.get("/{number}/clock", response=dict[str, Any])
@endpoint(permission="tickets.view")
def clock_get(request: HttpRequest, number: str) -> dict[str, Any]:
    """Its clocks with every segment, as `POST /sla/explain` answers; kinds that owe nothing are left out."""
    found = queries.ticket(number)
    clocks = clocks_of([found]).get(found.pk)
    return {kind.value: as_json(reading) for kind, reading in clocks.readings.items()} if clocks else {}


@api.post("/{number}/links", response=TicketOut)
@endpoint(permission="tickets.work")
def link_post(request: HttpRequest, number: str, body: LinkIn) -> dict[str, Any]:
    """Note that it has to do with a record of its client."""
    found = queries.ticket(number)
    ticket_link(actor=acting(), ticket=found, ref=_ref(body.record, "record"))
    return _ticket(found)


@api.delete("/{number}/links", response=TicketOut)
@endpoint(permission="tickets.work")
def link_delete(request: HttpRequest, number: str, body: LinkIn) -> dict[str, Any]:
    """Take that back."""
    found = queries.ticket(number)
    ticket_unlink(actor=acting(), ticket=found, ref=_ref(body.record, "record"))
    return _ticket(found)


@queues.post("", response={201: QueueOut})
@endpoint(permission="tickets.manage")
def queue_post(request: HttpRequest, body: QueueIn) -> Status[Queue]:
    """Make a queue."""
    return Status(201, queue_create(actor=acting(), **body.model_dump()))


@queues.put("/{uuid:uid}", response=QueueOut)
@endpoint(permission="tickets.manage")
def queue_put(request: HttpRequest, uid: UUID, body: QueueIn) -> Queue:
    """Change a queue."""
    return queue_edit(queries.queue(uid), actor=acting(), **body.model_dump())


_REFERENCES: dict[str, Any] = {
    "queue": lambda _client: queries.queues_in_use(),
    "asset": lambda client: Asset.objects.filter(client=client),
    "requester": lambda client: Contact.objects.filter(client=client, archived_at=None),
}


def _referred(given: dict[str, Any], client: Client) -> dict[str, Any]:
    """The rows that uids stand for. Raises Refused naming the first that is not there."""
    found: dict[str, Any] = {}
    for name, rows in _REFERENCES.items():
        if name not in given:
            continue
        uid = given[name]
        found[name] = rows(client).filter(uid=uid).first() if uid is not None else None
        if uid is not None and found[name] is None:
            raise Refused(name, _("There is none of this client with this uid."))
    return found


def _ref(text: str, field: str) -> RecordRef:
    try:
        return RecordRef.parse(text)
    except ValueError:
        raise Refused(field, _("Name a record as kind:uid, such as assets.asset:0197….")) from None


def _ticket(found: Ticket) -> dict[str, Any]:
    own = TicketOut.model_fields.keys() - {"client", "queue", "assignee", "requester", "asset", "linked"}
    links = found.links.order_by("at", "pk").values_list("record_kind", "record_uid")
    return {name: getattr(found, name) for name in own} | {
        "client": found.client.slug,
        **{
            name: row.uid if (row := getattr(found, name)) else None
            for name in ("queue", "assignee", "requester", "asset")
        },
        "linked": [f"{kind}:{uid}" for kind, uid in links] if queries.sees_notes() else [],
    }
