# SPDX-License-Identifier: Apache-2.0
"""The single steps from alerts to tickets: finding one, opening one, joining, raising, telling."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import record_ref
from steward.core.tenancy.public import current_scope
from steward.desk.tickets.public import Ticket, ticket_by_uid, ticket_edit, ticket_link, ticket_note, ticket_open
from steward.watch.alerts.clock import db_now
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert, AlertEntry, Severity

LOOKED_BACK: Final = 1000
SUMMARY_MAX: Final = 200
LIKE_IT: Final = 2000
# Impact and urgency, 1 the most: critical P1, major P2, minor P3.
LEVELS: Final = {Severity.CRITICAL: (1, 1), Severity.MAJOR: (2, 1), Severity.MINOR: (2, 2)}


def homes(alerts: Sequence[Alert]) -> dict[str, Ticket]:
    """The open tickets of the same trouble in the same places, by group."""
    if not alerts:
        return {}
    same = of_kind(alerts[0]).filter(topic__in={each.topic for each in alerts}).exclude(ticket_uid=None)
    assets = {each.asset_id for each in alerts if each.asset_id is not None}
    records = {each.ref_uid for each in alerts if each.asset_id is None}
    elsewhere = Q(asset=None, ref_uid__in=records - {None}) | (Q(asset=None, ref_uid=None) if None in records else Q())
    near = same.filter(Q(asset__in=assets) | elsewhere).order_by("-pk")
    wanted = {each.group for each in alerts}
    found: dict[str, Ticket] = {}
    seen: dict[Any, Ticket] = {}
    for each in near[:LOOKED_BACK]:
        if each.group not in wanted or each.group in found or each.ticket_uid is None:
            continue
        ticket = seen.get(each.ticket_uid) or ticket_by_uid(each.ticket_uid)
        seen[each.ticket_uid] = ticket
        if not ticket.is_resolved:
            found[each.group] = ticket
    return found


def raise_to(ticket: Ticket, alerts: Sequence[Alert]) -> None:
    """A worse alert than the ticket has had raises it. What people made of its priority since stays when the same comes again."""
    worst = min(alerts, key=_rank)
    had = Alert.objects.filter(ticket_uid=ticket.uid).exclude(pk__in=[each.pk for each in alerts])
    if any(_rank(each) <= _rank(worst) for each in had.only("pk", "client_id", "severity").order_by("pk")[:LIKE_IT]):
        return
    impact, urgency = (min(pair) for pair in zip(_levels(worst), (ticket.impact, ticket.urgency), strict=True))
    if (impact, urgency) != (ticket.impact, ticket.urgency):
        ticket_edit(actor=current_scope().actor, ticket=ticket, impact=impact, urgency=urgency)


def _rank(alert: Alert) -> int:
    return Severity.values.index(alert.severity)


def _levels(alert: Alert) -> tuple[int, int]:
    return LEVELS[Severity(alert.severity)]


def join(alert: Alert, ticket: Ticket) -> None:
    """Have one alert join a ticket, be linked to it and told on it."""
    raise_to(ticket, [alert])
    ticket_link(actor=current_scope().actor, ticket=ticket, ref=record_ref(alert))
    note_on(ticket, "alerts.joined", {"alert": alert.number, "kind": alert.kind, "params": alert.params})
    enter([alert], ticket, "ticket_joined")


def enter(alerts: Sequence[Alert], ticket: Ticket, kind: str, *, storm: bool = False) -> None:
    """Keep which ticket alerts opened or joined; `storm` marks the ticket as a storm's."""
    Alert.objects.filter(pk__in=[each.pk for each in alerts]).update(ticket_uid=ticket.uid)
    write(alerts, kind, {"ticket": ticket.number, "storm": storm})


def write(alerts: Sequence[Alert], kind: str, params: Mapping[str, Any]) -> None:
    """Keep what happened to alerts."""
    at = db_now()
    AlertEntry.objects.bulk_create(
        AlertEntry(client_id=each.client_id, alert=each, kind=kind, params=dict(params), at=at) for each in alerts
    )


def open_for(alert: Alert, storm: bool) -> Ticket:
    """A ticket about an alert, or about a storm that it is part of, which names no asset."""
    impact, urgency = _levels(alert)
    # A summary is text that people may change; it is written in the house's language.
    with translation.override(settings.LANGUAGE_CODE):
        title = title_of(alert.kind, alert.params)
        if storm:
            title = str(_("Many alerts at once, such as: %(title)s") % {"title": title})
    return ticket_open(
        actor=current_scope().actor,
        client=alert.client,
        kind="incident",
        summary=title[:SUMMARY_MAX],
        impact=1 if storm else impact,
        urgency=urgency,
        asset=None if storm else alert.asset,
        source="alert",
        linked=[record_ref(alert)],
        at=alert.opened_at,
    )


def of_kind(alert: Alert) -> QuerySet[Alert]:
    """The alerts of the same client and kind."""
    return Alert.objects.filter(client_id=alert.client_id, kind=alert.kind)


def note(alert: Alert, kind: str, params: Mapping[str, Any]) -> None:
    """Tell the ticket of an alert, if it has one."""
    if alert.ticket_uid is not None:
        note_on(ticket_by_uid(alert.ticket_uid), kind, params)


def note_on(ticket: Ticket, kind: str, params: Mapping[str, Any]) -> None:
    """Tell a ticket."""
    ticket_note(actor=current_scope().actor, ticket=ticket, kind=kind, params=dict(params))
