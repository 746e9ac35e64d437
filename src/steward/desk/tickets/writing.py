# SPDX-License-Identifier: Apache-2.0
"""What every write to a ticket has in common: hold the row, know the moment, note what happened, keep the clock, tell."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused
from steward.core.events.public import Event, emit
from steward.core.records.public import RecordRef, Statements
from steward.core.tenancy.public import current_scope
from steward.core.ui.public import notify_live, topic
from steward.desk.tickets.events import TicketChanged
from steward.desk.tickets.kinds import timeline_kind
from steward.desk.tickets.models import TICKET, Message, Ticket, TimelineEntry
from steward.desk.tickets.search import index
from steward.promises.sla.public import clock_keep, obligations_of

PARAMS_MAX: Final = 4_000  # bytes of JSON
statements: Final = Statements("steward.desk.tickets")


def held(ticket: Ticket, seen: int | None = None) -> Ticket:
    """The row as it is now, held to the end of the transaction.

    Raises:
        Refused: field `version` when `seen` is not the version that is there: somebody else changed it meanwhile.
    """
    # What it owes first, then its row: in the order in which the tick of the clock takes them.
    list(obligations_of(reference(ticket)).select_for_update().order_by("id"))
    found = Ticket.objects.select_for_update(of=("self",)).select_related("client").get(pk=ticket.pk)
    if seen is not None and seen != found.version:
        raise Refused(
            "version", _("Somebody changed this ticket meanwhile. Look at it again; nothing was overwritten.")
        )
    return found


def moment(ticket: Ticket | None = None, at: datetime | None = None) -> datetime:
    """When something happens: now by the database's clock, or `at`, which is no later; never before what happened last."""
    now: datetime = statements.rows("now")[0]["now"]
    chosen = min(at, now) if at is not None else now
    last = ticket.timeline.aggregate(last=Max("at"))["last"] if ticket is not None else None
    return max(chosen, last) if last is not None else chosen


def happened(
    ticket: Ticket,
    kind: str,
    params: Mapping[str, Any],
    *,
    at: datetime,
    message: Message | None = None,
    public: bool | None = None,
) -> TimelineEntry:
    """Add an entry to the timeline, in the name of the actor of the scope. Raises UnknownTimelineKind; Refused for `params` too long."""
    declared = timeline_kind(kind)
    if len(json.dumps(params).encode()) > PARAMS_MAX:
        raise Refused("params", _("These parameters are too long for an entry of the timeline."))
    actor = current_scope().actor
    return TimelineEntry.objects.create(
        client_id=ticket.client_id,
        ticket=ticket,
        kind=kind,
        params=dict(params),
        public=declared.public if public is None else public,
        at=at,
        actor_kind=actor.kind,
        actor_name="" if actor.user_id is not None else actor.name[:120],
        person_id=actor.user_id,
        message=message,
    )


def written(ticket: Ticket, at: datetime, *events: Event) -> Ticket:
    """Save what changed, keep the clock, and tell everybody who looks or listens."""
    ticket.version += 1
    ticket.changed_at = at
    ticket.save()
    kept(ticket)
    for event in events or (TicketChanged(ticket.client_id, ticket.uid),):
        emit(event)
    return ticket


def kept(ticket: Ticket) -> None:
    """After any write: the clock, the index, and whoever looks at it."""
    clock_keep(TICKET, ticket.uid)
    ticket.refresh_from_db(fields=["due_at", "due_kind"])
    index(ticket)
    notify_live(topic(ticket.client, TICKET, ticket.uid))


def reference(ticket: Ticket) -> RecordRef:
    """What points to a ticket."""
    return RecordRef(TICKET, ticket.uid)
