# SPDX-License-Identifier: Apache-2.0
"""Working on a ticket. `seen` is the version that whoever asks looked at: what changed since is not overwritten unseen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypedDict, Unpack

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor
from steward.desk.tickets.actions.checks import check_assignee, check_ticket, line, text
from steward.desk.tickets.clock import PRIORITY, REOPENED, RESOLVED, STATUS
from steward.desk.tickets.events import TicketReopened, TicketResolved
from steward.desk.tickets.life import may_go
from steward.desk.tickets.models import Queue, Ticket, TicketStatus
from steward.desk.tickets.priority import priority_of
from steward.desk.tickets.writing import happened, held, moment, written
from steward.estate.assets.public import Asset
from steward.estate.clients.public import Contact


class TicketFields(TypedDict, total=False):
    """What may be said of a ticket; what is left out stays as it is."""

    kind: str
    summary: str
    description: str
    impact: int
    urgency: int
    queue: Queue | None
    tier: int
    asset: Asset | None
    requester: Contact | None


NOTED: Final = ("kind", "summary", "description", "queue_id", "tier", "asset_id", "requester_id")
LONG: Final = frozenset({"summary", "description"})  # named as changed, not repeated


@action(permission="tickets.work")
def ticket_edit(*, actor: Actor, ticket: Ticket, seen: int | None = None, **fields: Unpack[TicketFields]) -> Ticket:
    """Change a ticket. The priority follows from impact and urgency, and the clock from the priority.

    Raises:
        Refused: as `ticket_open`; field `version` when it changed since it was `seen`; the whole when it is closed.
    """
    found = held(ticket, seen)
    _refuse_closed(found)
    before = {name: getattr(found, name) for name in (*NOTED, "impact", "urgency", "priority")}
    for name, value in fields.items():
        setattr(found, name, line(str(value)) if name == "summary" else value)
    found.description = found.description.replace("\r\n", "\n").strip()
    check_ticket(found)
    found.priority = priority_of(found.impact, found.urgency)
    after = {name: getattr(found, name) for name in before}
    if before == after:
        return found
    at = moment(found)
    _note(found, before, after, at)
    changed = {
        name: [] if name in LONG else [before[name], after[name]] for name in before if before[name] != after[name]
    }
    audit("tickets.ticket.edit", found, changed=changed)
    return written(found, at)


@action(permission="tickets.work")
def ticket_assign(*, actor: Actor, ticket: Ticket, assignee: User | None, seen: int | None = None) -> Ticket:
    """Say who works on it; None: nobody, it waits in its queue.

    Raises:
        Refused: field `assignee` for somebody who may not work on it; `version`; the whole when it is closed.
    """
    found = held(ticket, seen)
    _refuse_closed(found)
    if assignee is not None:
        check_assignee(assignee, found.client_id)
    before, after = found.assignee_id, assignee.pk if assignee else None
    if before == after:
        return found
    found.assignee = assignee
    at = moment(found)
    happened(found, "tickets.assigned", {"before": before, "after": after}, at=at)
    audit("tickets.ticket.assign", found, before=before, after=after)
    return written(found, at)


@action(permission="tickets.work")
def ticket_set_status(*, actor: Actor, ticket: Ticket, status: str, seen: int | None = None) -> Ticket:
    """Set where it stands. Resolving and reopening are actions of their own, since they say why.

    Raises:
        Refused: field `status` for a step that there is not; `version`.
    """
    found = held(ticket, seen)
    if found.status == status:
        return found
    if status not in TicketStatus.values or not may_go(found.status, status):
        raise Refused("status", _step_words(found, status))
    at = moment(found)
    go(found, status, at)
    audit("tickets.ticket.status", found, status=status)
    return written(found, at)


@action(permission="tickets.work")
def ticket_resolve(
    *, actor: Actor, ticket: Ticket, resolution: str, at: datetime | None = None, seen: int | None = None
) -> Ticket:
    """Say that the work is done, and what was done. `at` may lie in the past, but not before what happened last.

    Raises:
        Refused: field `resolution` when empty; `status` when it is resolved or closed already; `version`.
    """
    found = held(ticket, seen)
    if found.is_resolved:
        raise Refused("status", _("%(number)s is resolved already.") % {"number": found.number})
    said = text("resolution", resolution)
    then = moment(found, at)
    found.status, found.resolved_at, found.resolution = TicketStatus.RESOLVED, then, said
    happened(found, RESOLVED, {}, at=then)
    audit("tickets.ticket.resolve", found)
    return written(found, then, TicketResolved(found.client_id, found.uid))


@action(permission="tickets.work")
def ticket_reopen(*, actor: Actor, ticket: Ticket, reason: str, seen: int | None = None) -> Ticket:
    """Say that the work was not done after all. The clock of the resolution goes on as the policy says.

    Raises:
        Refused: field `reason` when empty or too long; `status` when it is not resolved, or closed: then a new one is opened; `version`.
    """
    found = held(ticket, seen)
    if found.status != TicketStatus.RESOLVED:
        raise Refused("status", _("Only what is resolved and not closed can be reopened. Open a new ticket."))
    why = line(reason)
    if not why or len(why) > 300:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": 300})
    at = moment(found)
    found.status, found.resolved_at = TicketStatus.OPEN, None
    happened(found, REOPENED, {"status": found.status, "reason": why}, at=at)
    audit("tickets.ticket.reopen", found, reason=why)
    return written(found, at, TicketReopened(found.client_id, found.uid))


def go(ticket: Ticket, status: str, at: datetime) -> None:
    """Change the state of a row that is held, and note it; the caller saves."""
    happened(ticket, STATUS, {"before": ticket.status, "after": status}, at=at)
    ticket.status = status
    if status == TicketStatus.CLOSED:
        ticket.closed_at = at


def _note(ticket: Ticket, before: Mapping[str, Any], after: Mapping[str, Any], at: datetime) -> None:
    if before["priority"] != after["priority"]:
        params = {"before": before["priority"], "after": after["priority"]}
        happened(ticket, PRIORITY, {**params, "impact": after["impact"], "urgency": after["urgency"]}, at=at)
    names = [name for name in NOTED if before[name] != after[name]]
    if "queue_id" in names:
        happened(ticket, "tickets.queue", {"before": before["queue_id"], "after": after["queue_id"]}, at=at)
    if "tier" in names:
        happened(ticket, "tickets.tier", {"before": before["tier"], "after": after["tier"]}, at=at)
    if rest := [name.removesuffix("_id") for name in names if name not in ("queue_id", "tier")]:
        happened(ticket, "tickets.edited", {"fields": rest}, at=at)


def _refuse_closed(ticket: Ticket) -> None:
    if ticket.status == TicketStatus.CLOSED:
        raise Refused("", _("%(number)s is closed, and stays as it is. Open a new ticket.") % {"number": ticket.number})


def _step_words(ticket: Ticket, status: str) -> Any:
    if status == TicketStatus.RESOLVED:
        return _("Say what was done: resolve the ticket instead.")
    if ticket.is_resolved:
        return _("This ticket is resolved. Reopen it first.")
    return _("A ticket can't be set to that from where it stands.")
