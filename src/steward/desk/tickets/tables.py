# SPDX-License-Identifier: Apache-2.0
"""The lists of tickets and of queues: one definition each for page, API, files and saved views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower, Now
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, current_scope
from steward.core.ui.public import (
    BoolFilter,
    Bulk,
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    DateFilter,
    Empty,
    Table,
    View,
    client_column,
)
from steward.desk.tickets import life, queries
from steward.desk.tickets.actions import ticket_assign, ticket_set_status
from steward.desk.tickets.clocks import put_bars
from steward.desk.tickets.models import Ticket, TicketKind, TicketStatus
from steward.desk.tickets.records import ticket_url
from steward.promises.sla.public import PRIORITIES

ME, NOBODY = "me", "nobody"
SOON = timedelta(hours=4)
OPEN = "open=yes"
STATES = dict(TicketStatus.choices)  # Django's own way to a choice's words goes through all of them for every row


@dataclass(frozen=True, slots=True)
class AssigneeFilter(ChoiceFilter):
    """Tickets of the reader, of nobody, or of somebody by their identifier."""

    def offered(self) -> list[tuple[str, str]]:
        named = [(str(each.uid), str(each)) for each in queries.people_at_work()[:200]]
        return [(ME, _("me")), (NOBODY, _("nobody")), *named]

    def refuse_unknown(self, values: tuple[str, ...]) -> None:
        """Raise Refused for what names nobody; also somebody who has no ticket now may be asked for."""
        for value in values:
            if value not in (ME, NOBODY) and not _is_uid(value):
                raise self._refused(value)

    def narrowed(self, rows: QuerySet[Any], values: tuple[str, ...]) -> QuerySet[Any]:
        self.refuse_unknown(values)
        wanted = Q(assignee__uid__in=[value for value in values if value not in (ME, NOBODY)])
        if ME in values:
            wanted |= Q(assignee_id=current_scope().actor.user_id)
        if NOBODY in values:
            wanted |= Q(assignee=None)
        return rows.filter(wanted)


@dataclass(frozen=True, slots=True)
class QueueFilter(ChoiceFilter):
    """Tickets that wait in the chosen queues, by their identifiers."""

    def offered(self) -> list[tuple[str, str]]:
        return [(str(each.uid), each.name) for each in queries.queues_in_use()]


def _is_uid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def take(rows: Sequence[Ticket], *, actor: Actor) -> str:
    """Give tickets to whoever asks."""
    me = User.objects.filter(pk=actor.user_id or 0).first()
    if me is None:
        raise Refused("ids", _("Only a person can take a ticket."))
    return _assigned(rows, me, actor)


def give_back(rows: Sequence[Ticket], *, actor: Actor) -> str:
    """Have nobody work on tickets."""
    return _assigned(rows, None, actor)


def close(rows: Sequence[Ticket], *, actor: Actor) -> str:
    """Close resolved tickets for good."""
    for each in sorted(rows, key=lambda row: row.pk):
        ticket_set_status(actor=actor, ticket=each, status=TicketStatus.CLOSED)
    return ngettext("%(n)s ticket closed.", "%(n)s tickets closed.", len(rows)) % {"n": len(rows)}


def _assigned(rows: Sequence[Ticket], person: User | None, actor: Actor) -> str:
    # In the order of their keys, so that two who do this at once wait for each other instead of stopping each other.
    for each in sorted(rows, key=lambda row: row.pk):
        ticket_assign(actor=actor, ticket=each, assignee=person)
    said = {"n": len(rows), "name": str(person) if person else ""}
    if person is None:
        return ngettext("%(n)s ticket given back.", "%(n)s tickets given back.", len(rows)) % said
    return ngettext("%(n)s ticket is %(name)s's now.", "%(n)s tickets are %(name)s's now.", len(rows)) % said


TICKETS = Table(
    name="tickets.tickets",
    label=gettext_lazy("tickets"),
    rows=queries.lines,
    url=ticket_url,
    sort="due",
    matches=queries.matching,
    search_words=gettext_lazy("Filter these tickets"),
    prepare=put_bars,
    columns=[
        Column(
            "priority",
            gettext_lazy("Priority"),
            sort=True,
            css="prio",
            template="ui/cells/priority.html",
            draws=lambda row: {"value": row.level},
        ),
        Column(
            "summary", gettext_lazy("Ticket"), kind=CellKind.LINK, sort=Lower("summary"), number=lambda row: row.number
        ),
        client_column(),
        Column(
            "status",
            gettext_lazy("State"),
            sort=True,
            css="state",
            text=lambda row: STATES[row.status],
            template="ui/cells/state.html",
            draws=lambda row: {"value": row.mark, "text": str(STATES[row.status])},
        ),
        Column(
            "promise",
            gettext_lazy("Next promise"),
            value="due_kind",
            css="bar",
            template="ui/cells/promise.html",
            draws=lambda row: row.bar,
        ),
        Column("due", gettext_lazy("Due"), value="due_at", kind=CellKind.TIME, sort="due_at", css="meta"),
        Column("queue", gettext_lazy("Queue"), value="queue.name", sort="queue__name", wide_only=True),
        Column("tier", gettext_lazy("Tier"), kind=CellKind.NUMBER, sort=True, wide_only=True),
        Column(
            "assignee", gettext_lazy("Assignee"), value="assignee.name", kind=CellKind.PERSON, sort="assignee__name"
        ),
        Column(
            "opened",
            gettext_lazy("Opened"),
            value="opened_at",
            kind=CellKind.TIME,
            sort=True,
            descending_first=True,
            shown=False,
        ),
        Column(
            "changed",
            gettext_lazy("Changed"),
            value="changed_at",
            kind=CellKind.TIME,
            sort="changed_at",
            descending_first=True,
            wide_only=True,
        ),
        Column("resolved", gettext_lazy("Resolved"), value="resolved_at", kind=CellKind.TIME, shown=False),
        Column("kind", gettext_lazy("Kind"), shown=False),
        Column("asset", gettext_lazy("Asset"), value="asset.name", shown=False),
        Column("number", gettext_lazy("Number"), kind=CellKind.CODE, shown=False),
    ],
    filters=[
        BoolFilter("open", gettext_lazy("Open"), condition=Q(status__in=life.UNRESOLVED)),
        ChoiceFilter("status", gettext_lazy("State"), choices=TicketStatus.choices),
        ClientFilter(),
        ChoiceFilter("priority", gettext_lazy("Priority"), choices=[(each, each) for each in PRIORITIES]),
        AssigneeFilter("assignee", gettext_lazy("Assignee")),
        QueueFilter("queue", gettext_lazy("Queue"), field="queue__uid"),
        ChoiceFilter("tier", gettext_lazy("Tier"), choices=[(str(each), str(each)) for each in (1, 2, 3)]),
        ChoiceFilter("kind", gettext_lazy("Kind"), choices=TicketKind.choices),
        BoolFilter("risk", gettext_lazy("Due within 4 hours"), condition=Q(due_at__lte=Now() + Value(SOON))),
        DateFilter("opened", gettext_lazy("Opened"), field="opened_at"),
    ],
    views=[
        View("risk", gettext_lazy("At risk"), "risk=yes"),
        View("unassigned", gettext_lazy("Unassigned"), f"{OPEN}&assignee={NOBODY}"),
        View("mine", gettext_lazy("Mine"), f"{OPEN}&assignee={ME}"),
        View("waiting", gettext_lazy("Waiting for the client"), f"status={TicketStatus.WAITING_CLIENT}"),
        View("open", gettext_lazy("All open"), OPEN),
    ],
    bulk=[
        Bulk("take", gettext_lazy("Assign to me"), permission="tickets.work", run=take, icon="user-check", key="a"),
        Bulk(
            "give-back", gettext_lazy("Give back to the queue"), permission="tickets.work", run=give_back, icon="inbox"
        ),
        Bulk("close", gettext_lazy("Close"), permission="tickets.work", run=close, icon="circle-check"),
    ],
    empty=Empty(
        title=gettext_lazy("No tickets yet"),
        text=gettext_lazy(
            "What clients ask for and what goes wrong stands here, what breaks a promise first before the rest. "
            "Alerts open tickets by themselves."
        ),
        icon="ticket",
        action=gettext_lazy("New ticket"),
        action_url="/tickets/new/",
        action_permission="tickets.open",
    ),
)

QUEUES = Table(
    name="tickets.queues",
    label=gettext_lazy("queues"),
    rows=queries.queues,
    url=lambda row: reverse("tickets.queue_change", args=[row.uid]),
    sort="name",
    search=("name", "description"),
    search_words=gettext_lazy("Filter these queues"),
    columns=[
        Column("name", gettext_lazy("Queue"), kind=CellKind.LINK, sort=Lower("name"), sub=lambda row: row.description),
        Column("is_default", gettext_lazy("For tickets that name none"), kind=CellKind.BOOL, css="meta"),
    ],
    filters=[BoolFilter("archived", gettext_lazy("Archived"), condition=Q(archived_at__isnull=False))],
    empty=Empty(
        title=gettext_lazy("No queues yet"),
        text=gettext_lazy("A queue is where tickets wait for somebody: a team, or a subject such as networks."),
        icon="inbox",
        action=gettext_lazy("Add a queue"),
        action_url="/tickets/queues/new/",
        action_permission="tickets.manage",
    ),
)
