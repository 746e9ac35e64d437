# SPDX-License-Identifier: Apache-2.0
"""What a ticket owes: its timeline as the clock takes it, the terms that were in force when it was opened, and the copy of what is due."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from steward.desk.tickets.models import Ticket, TimelineEntry
from steward.promises.agreements.public import terms_at
from steward.promises.sla.public import (
    Event,
    Kind,
    Obligation,
    SlaPolicyVersion,
    Standing,
    policies_in_use,
    version_at,
)

OPENED, STATUS, PRIORITY, REPLY, RESOLVED, REOPENED = (
    "tickets.opened",
    "tickets.status",
    "tickets.priority",
    "tickets.reply",
    "tickets.resolved",
    "tickets.reopened",
)
SEEN: Final = (OPENED, STATUS, PRIORITY, REPLY, RESOLVED, REOPENED)
UNSETTLED: Final = (Obligation.State.OPEN, Obligation.State.BREACHED)


def standing(uid: UUID) -> Standing | None:
    """What a ticket owes by the terms in force when it was opened; None where there is no policy at all."""
    ticket = Ticket.objects.filter(uid=uid).first()
    if ticket is None:
        return None
    found = terms_of(ticket.client_id, ticket.opened_at)
    if found is None:
        return None
    version, clauses = found
    return Standing(ticket.client_id, version, clauses, events_of(ticket.timeline.filter(kind__in=SEEN)))


def histories(uids: Collection[UUID]) -> Mapping[UUID, Sequence[Event]]:
    """What the clock sees of many tickets. One query."""
    entries = defaultdict(list)
    seen = TimelineEntry.objects.filter(ticket__uid__in=uids, kind__in=SEEN)
    for each in seen.values_list("ticket__uid", "pk", "kind", "params", "at", named=True):
        entries[each.ticket__uid].append(each)
    return {uid: events_of(found) for uid, found in entries.items()}


def terms_of(client_id: int, at: datetime) -> tuple[SlaPolicyVersion, Mapping[Kind, str]] | None:
    """The version that judges what a client opens at `at`, with the clause of each kind.

    Without a contract it is the oldest policy in use, and no clause: an aim of our own, which nobody was promised.
    """
    terms = terms_at(client_id, at)
    if terms is not None:
        return terms.version, terms.clauses
    usual = policies_in_use().order_by("id").first()
    version = version_at(usual.pk, at) if usual is not None else None
    return (version, {}) if version is not None else None


class Entry(Protocol):
    """What the clock takes of an entry: of its row, or of some columns of it."""

    @property
    def pk(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def params(self) -> Any: ...
    @property
    def at(self) -> datetime: ...


def events_of(entries: Iterable[Entry]) -> list[Event]:
    """The timeline as events of the clock, in order."""
    ordered = sorted(entries, key=lambda each: (each.at, each.pk))
    return [event_of(each.kind, each.params, int(each.at.timestamp())) for each in ordered if each.kind in SEEN]


def event_of(kind: str, params: Mapping[str, Any], at: int) -> Event:
    """One entry as the clock takes it. `at` in whole seconds since the epoch. Raises KeyError for a kind it does not see."""
    match kind:
        case "tickets.opened":
            return Event(at, "opened", status=params["status"], priority=params["priority"])
        case "tickets.status":
            return Event(at, "status", status=params["after"])
        case "tickets.priority":
            return Event(at, "priority", priority=params["after"])
        case "tickets.reply":
            return Event(at, "reply", answers=params["by"] == "staff" and not params["automatic"])
        case "tickets.resolved":
            return Event(at, "resolved")
        case "tickets.reopened":
            return Event(at, "reopened", status=params["status"])
    raise KeyError(kind)


def keep_due(uid: UUID, owed: Sequence[Obligation]) -> None:
    """Copy what is due first to the ticket's row. Told by the clock, which holds the obligations."""
    due = sorted((each.due_at, each.kind) for each in owed if each.state in UNSETTLED and each.due_at is not None)
    at, kind = due[0] if due else (None, "")
    Ticket.objects.filter(uid=uid).exclude(due_at=at, due_kind=kind).update(due_at=at, due_kind=kind)
