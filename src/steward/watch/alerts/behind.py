# SPDX-License-Identifier: Apache-2.0
"""Tickets of outages that explain others, and of those they explain: the cause has the ticket, what hangs on it joins."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Q

from steward.desk.tickets.public import Ticket, ticket_by_uid
from steward.watch.alerts.causes import explained_by
from steward.watch.alerts.clock import db_now
from steward.watch.alerts.joining import enter, homes, join, note, note_on, open_for, raise_to, write
from steward.watch.alerts.models import Alert, AlertEntry, Maintenance

TOLD: Final = 10


def join_causes(alerts: Sequence[Alert], causes: Mapping[int, Alert]) -> list[Alert]:
    """Have those join the ticket of their cause, which has its own first, that have one. Returns the others."""
    dealt_with = {cause.pk for cause in {each.pk: each for each in causes.values()}.values() if _is_dealt_with(cause)}
    causes = {pk: cause for pk, cause in causes.items() if cause.pk not in dealt_with}
    by_cause: dict[int, list[Alert]] = {}
    for each in alerts:
        if each.pk in causes:
            by_cause.setdefault(causes[each.pk].pk, []).append(each)
    for explained in by_cause.values():
        cause = causes[explained[0].pk]
        _explained(explained, cause)
        if cause.ticket_uid is None and not _in_maintenance(cause):
            _house(cause, explained)
        # While its cause is expected nobody is called; the sweep comes back.
        if cause.ticket_uid is not None:
            _shelter(ticket_by_uid(cause.ticket_uid), cause, explained)
    return [each for each in alerts if each.pk not in causes and each.ticket_uid is None]


def lead(alerts: Sequence[Alert]) -> list[Alert]:
    """Have those get their ticket by themselves that explain others, whose tickets are told. Returns the others."""
    leads = explained_by(alerts)
    taken: set[int] = set()
    for each in alerts:
        if each.pk not in leads:
            continue
        ticketed = [other for other in leads[each.pk] if other.ticket_uid is not None and other.pk not in taken]
        taken.update(other.pk for other in ticketed)
        _house(each, ticketed)
        # Those without a ticket find their cause when it is their turn.
        _explained(ticketed, each)
        told = {other.ticket_uid: other for other in ticketed if other.ticket_uid != each.ticket_uid}
        for other in list(told.values())[:TOLD]:
            note(other, "alerts.explained", _said_of(each))
    return [each for each in alerts if each.pk not in leads]


def _house(cause: Alert, explained: Sequence[Alert]) -> None:
    """A ticket for what explains others: that of the same trouble before, or of the storm that it explains, or its own."""
    storm = _storm_of(explained)
    ticket = homes([cause]).get(cause.group) or storm
    if ticket is None:
        ticket = open_for(cause, storm=False)
        enter([cause], ticket, "ticket_opened")
    else:
        join(cause, ticket)
    if ticket == storm:
        note_on(ticket, "alerts.explained", _said_of(cause))
    cause.ticket_uid = ticket.uid


def _shelter(ticket: Ticket, cause: Alert, explained: Sequence[Alert]) -> None:
    """The ticket of a cause has what hangs on it as well. They are not linked one by one: it shows the alerts that name it."""
    raise_to(ticket, explained)
    enter(explained, ticket, "ticket_joined")
    asset = cause.asset.name if cause.asset is not None else cause.number
    note_on(ticket, "alerts.behind", {"count": len(explained), "asset": asset})


def _explained(alerts: Sequence[Alert], cause: Alert) -> None:
    """Keep what likely explains some alerts."""
    fresh = [each for each in alerts if each.cause_id != cause.pk]
    Alert.objects.filter(pk__in=[each.pk for each in fresh]).update(cause=cause)
    write(fresh, "explained", {"cause": cause.number})


def _said_of(cause: Alert) -> dict[str, Any]:
    asset = cause.asset.name if cause.asset is not None else ""
    return {"alert": cause.number, "asset": asset, "kind": cause.kind, "params": cause.params}


def _storm_of(alerts: Sequence[Alert]) -> Ticket | None:
    """The open ticket of a storm among those of some alerts."""
    tickets = {each.ticket_uid for each in alerts if each.ticket_uid is not None}
    opened = AlertEntry.objects.filter(alert__ticket_uid__in=tickets, kind="ticket_opened", params__storm=True)
    for uid in opened.order_by("pk").values_list("alert__ticket_uid", flat=True):
        if uid is not None and not (ticket := ticket_by_uid(uid)).is_resolved:
            return ticket
    return None


def _is_dealt_with(cause: Alert) -> bool:
    """Whether somebody resolved its ticket though it goes on: what comes then is not left to that."""
    return cause.ticket_uid is not None and ticket_by_uid(cause.ticket_uid).is_resolved


def _in_maintenance(alert: Alert) -> bool:
    now = db_now()
    running = Maintenance.objects.filter(client_id=alert.client_id, starts_at__lte=now, ends_at__gt=now)
    return running.filter(Q(asset=None) | Q(asset=alert.asset_id)).exists()
