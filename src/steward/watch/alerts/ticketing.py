# SPDX-License-Identifier: Apache-2.0
"""From alerts to tickets: the one module that knows them. An alert opens a ticket or joins one, once, and the ticket is told.

It joins the open ticket of the same trouble in the same place, so that what comes and goes is one piece of work; and when many
alerts of one kind come at once they share a ticket, since they are likely one fault and nobody can work on a thousand."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import record_ref
from steward.core.tenancy.public import current_scope
from steward.desk.tickets.public import (
    Ticket,
    register_timeline_kind,
    ticket_by_uid,
    ticket_edit,
    ticket_link,
    ticket_note,
    ticket_open,
)
from steward.watch.alerts.calling import call, call_over
from steward.watch.alerts.clock import db_now, statements
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.live import tell_pages
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Maintenance, Severity

STORM: Final = 10  # so many alerts of a kind within STORM_WINDOW, of one client, are one storm
STORM_WINDOW: Final = timedelta(minutes=2)
STORM_LASTS: Final = timedelta(hours=1)
SINGLE_NOTES: Final = 10
LOOKED_BACK: Final = 1000
SUMMARY_MAX: Final = 200
SWEPT: Final = 2000
SWEPT_AFTER: Final = timedelta(minutes=1)
# Impact and urgency, 1 the most: critical P1, major P2, minor P3.
LEVELS: Final = {Severity.CRITICAL: (1, 1), Severity.MAJOR: (2, 1), Severity.MINOR: (2, 2)}


def give_tickets(ids: Sequence[int]) -> None:
    """Have alerts of one client and kind open or join tickets, as far as they are not over and have none; whoever has one, and is
    named again, got worse, which the ticket is told. Runs in a transaction and may run again."""
    named = list(Alert.objects.filter(pk__in=ids).order_by("pk"))
    if not named:
        return
    first, calls = named[0], any(each.severity == Severity.CRITICAL for each in named)
    if calls:
        # First of all locks: whoever calls may write on the ticket of another kind that the client's call is about.
        statements.rows("one_at_a_time", key=f"alerts.call:{first.client_id}")
    # Two alerts of the same trouble, or of one storm, must not each find no ticket and open one.
    statements.rows("one_at_a_time", key=f"alerts.ticket:{first.client_id}:{first.kind}")
    rows = Alert.objects.select_for_update(of=("self",)).select_related("client", "asset").filter(pk__in=ids)
    found = list(rows.exclude(state=AlertState.RESOLVED).order_by("pk"))
    for alert in found:
        if alert.ticket_uid is not None:
            _raise_to(ticket_by_uid(alert.ticket_uid), [alert])
            _note(alert, "alerts.worsened", {"alert": alert.number, "severity": alert.severity})
    homeless = _home(_homes(found), [each for each in found if each.ticket_uid is None])
    if homeless and _is_storm(first):
        _shelter(homeless)
    else:
        _settle(homeless)
    if calls:
        _call([each.pk for each in found])
    tell_pages(found)


def tell_over(ids: Sequence[int]) -> None:
    """Tell tickets that alerts of theirs are over."""
    rows = Alert.objects.filter(pk__in=ids, state=AlertState.RESOLVED).exclude(ticket_uid=None).order_by("pk")
    by_ticket: dict[Any, list[Alert]] = {}
    for each in rows:
        by_ticket.setdefault(each.ticket_uid, []).append(each)
    for alerts in by_ticket.values():
        if len(alerts) > SINGLE_NOTES:
            _note(alerts[0], "alerts.cleared_many", {"count": len(alerts)})
            continue
        for each in alerts:
            _note(each, "alerts.cleared", {"alert": each.number, "kind": each.kind, "params": each.params})


def end_calls(client_id: int, ticket: UUID) -> None:
    """A ticket is resolved: the call about it, or that it joined, ends once all the tickets are that it was about."""
    called = AlertEntry.objects.filter(client_id=client_id, kind="called")
    for page in sorted(set(called.filter(alert__ticket_uid=ticket).values_list("params__page", flat=True))):
        about = set(called.filter(params__page=page).values_list("alert__ticket_uid", flat=True)) - {None}
        if all(ticket_by_uid(each).is_resolved for each in about if each is not None):
            call_over(client_id, page)


def without_ticket() -> list[Alert]:
    """Unresolved alerts that should have a ticket for a minute, and have none; those of assets in maintenance have time."""
    since = db_now() - SWEPT_AFTER
    rows = Alert.objects.exclude(state=AlertState.RESOLVED).filter(ticket_uid=None, opened_at__lt=since)
    found = list(rows.exclude(severity=Severity.INFO).order_by("pk")[:SWEPT])
    now = db_now()
    running = Maintenance.objects.filter(starts_at__lte=now, ends_at__gt=now)
    expected = {(each.client_id, each.asset_id) for each in running}
    return [each for each in found if not expected & {(each.client_id, None), (each.client_id, each.asset_id)}]


def _homes(alerts: Sequence[Alert]) -> dict[str, Ticket]:
    """The open tickets of the same trouble in the same places, by group."""
    if not alerts:
        return {}
    same = _of_kind(alerts[0]).filter(topic__in={each.topic for each in alerts}).exclude(ticket_uid=None)
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


def _home(homes: Mapping[str, Ticket], alerts: Sequence[Alert]) -> list[Alert]:
    """Have those join that have a ticket to join. Returns the others."""
    homeless = []
    for alert in alerts:
        ticket = homes.get(alert.group)
        if ticket is None:
            homeless.append(alert)
        else:
            _join(alert, ticket)
    return homeless


def _settle(alerts: Sequence[Alert]) -> None:
    """A ticket for each, but those of one group share theirs."""
    opened: dict[str, Ticket] = {}
    for alert in alerts:
        ticket = opened.get(alert.group)
        if ticket is not None:
            _join(alert, ticket)
        else:
            opened[alert.group] = _opened(alert, storm=False)
            _enter([alert], opened[alert.group], "ticket_opened")


def _shelter(alerts: Sequence[Alert]) -> None:
    """One ticket for all of a storm. They are not linked one by one: the ticket shows the alerts that name it."""
    known = _storm_ticket(alerts[0])
    ticket = known or _opened(alerts[0], storm=True)
    if known is None:
        _enter(alerts[:1], ticket, "ticket_opened", storm=True)
        alerts = alerts[1:]
    if alerts:
        _raise_to(ticket, alerts)
        _enter(alerts, ticket, "ticket_joined")
        _note_on(ticket, "alerts.joined_many", {"count": len(alerts)})


def _raise_to(ticket: Ticket, alerts: Sequence[Alert]) -> None:
    """A worse alert than the ticket has had raises it. What people made of its priority since stays when the same comes again."""
    worst = min(alerts, key=_rank)
    had = Alert.objects.filter(ticket_uid=ticket.uid).exclude(pk__in=[each.pk for each in alerts])
    if any(_rank(each) <= _rank(worst) for each in had.only("pk", "client_id", "severity").order_by("pk")[:SWEPT]):
        return
    impact, urgency = (min(pair) for pair in zip(_levels(worst), (ticket.impact, ticket.urgency), strict=True))
    if (impact, urgency) != (ticket.impact, ticket.urgency):
        ticket_edit(actor=current_scope().actor, ticket=ticket, impact=impact, urgency=urgency)


def _rank(alert: Alert) -> int:
    return Severity.values.index(alert.severity)


def _levels(alert: Alert) -> tuple[int, int]:
    return LEVELS[Severity(alert.severity)]


def _join(alert: Alert, ticket: Ticket) -> None:
    _raise_to(ticket, [alert])
    ticket_link(actor=current_scope().actor, ticket=ticket, ref=record_ref(alert))
    _note_on(ticket, "alerts.joined", {"alert": alert.number, "kind": alert.kind, "params": alert.params})
    _enter([alert], ticket, "ticket_joined")


def _enter(alerts: Sequence[Alert], ticket: Ticket, kind: str, *, storm: bool = False) -> None:
    Alert.objects.filter(pk__in=[each.pk for each in alerts]).update(ticket_uid=ticket.uid)
    params, at = {"ticket": ticket.number, "storm": storm}, db_now()
    AlertEntry.objects.bulk_create(
        AlertEntry(client_id=each.client_id, alert=each, kind=kind, params=params, at=at) for each in alerts
    )


def _call(ids: Sequence[int]) -> None:
    """Call about tickets that critical alerts opened, joined or raised; once for each ticket."""
    critical = Alert.objects.filter(pk__in=ids, severity=Severity.CRITICAL).exclude(ticket_uid=None)
    first_of = {each.ticket_uid: each for each in critical.select_related("client").order_by("-pk")}
    for uid, alert in first_of.items():
        if uid is None or _was_called(alert):
            continue
        ticket = ticket_by_uid(uid)
        called = call(alert.client, record_ref(ticket), number=ticket.number, summary=ticket.summary)
        params = {"page": called.page.number, "joined": called.joined}
        AlertEntry.objects.create(client_id=alert.client_id, alert=alert, kind="called", params=params, at=db_now())
        _note_on(ticket, "alerts.called", params)
        if called.joined:
            about = ticket_by_uid(called.page.subject_uid)
            _note_on(about, "alerts.call_joined", {"page": called.page.number, "ticket": ticket.number})


def _was_called(alert: Alert) -> bool:
    """Whether somebody was called about its ticket before."""
    called = AlertEntry.objects.filter(client_id=alert.client_id, kind="called")
    return called.filter(alert__ticket_uid=alert.ticket_uid).exists()


def _opened(alert: Alert, storm: bool) -> Ticket:
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


def _is_storm(alert: Alert) -> bool:
    near = (alert.opened_at - STORM_WINDOW, alert.opened_at + STORM_WINDOW)
    return _of_kind(alert).filter(opened_at__range=near)[: STORM + 1].count() > STORM


def _storm_ticket(alert: Alert) -> Ticket | None:
    """The open ticket of the storm, if there is one."""
    opened = AlertEntry.objects.filter(
        client_id=alert.client_id,
        alert__kind=alert.kind,
        kind="ticket_opened",
        params__storm=True,
        at__gte=db_now() - STORM_LASTS,
    )
    latest = opened.order_by("-at").values_list("alert__ticket_uid", flat=True).first()
    ticket = ticket_by_uid(latest) if latest is not None else None
    return ticket if ticket is not None and not ticket.is_resolved else None


def _of_kind(alert: Alert) -> QuerySet[Alert]:
    return Alert.objects.filter(client_id=alert.client_id, kind=alert.kind)


def _note(alert: Alert, kind: str, params: Mapping[str, Any]) -> None:
    if alert.ticket_uid is not None:
        _note_on(ticket_by_uid(alert.ticket_uid), kind, params)


def _note_on(ticket: Ticket, kind: str, params: Mapping[str, Any]) -> None:
    ticket_note(actor=current_scope().actor, ticket=ticket, kind=kind, params=dict(params))


def _joined(params: Mapping[str, Any]) -> str:
    title = title_of(params["kind"], params["params"])
    return str(_("%(alert)s joined: %(title)s") % {"alert": params["alert"], "title": title})


def _joined_many(params: Mapping[str, Any]) -> str:
    return str(_("%(count)s alerts joined") % {"count": params["count"]})


def _cleared(params: Mapping[str, Any]) -> str:
    title = title_of(params["kind"], params["params"])
    return str(_("%(alert)s is over: %(title)s") % {"alert": params["alert"], "title": title})


def _cleared_many(params: Mapping[str, Any]) -> str:
    return str(_("%(count)s alerts are over") % {"count": params["count"]})


def _worsened(params: Mapping[str, Any]) -> str:
    severity = Severity(params["severity"]).label
    return str(_("%(alert)s got worse: %(severity)s") % {"alert": params["alert"], "severity": severity})


def _called(params: Mapping[str, Any]) -> str:
    if params["joined"]:
        return str(_("joined the call %(page)s, which goes on for this client") % {"page": params["page"]})
    return str(_("critical: %(page)s calls whoever is on call") % {"page": params["page"]})


def _call_joined(params: Mapping[str, Any]) -> str:
    return str(_("%(ticket)s joined the call %(page)s") % {"ticket": params["ticket"], "page": params["page"]})


register_timeline_kind("alerts.called", words=_called, icon="phone-call")
register_timeline_kind("alerts.call_joined", words=_call_joined, icon="phone-call")
register_timeline_kind("alerts.joined", words=_joined, icon="link")
register_timeline_kind("alerts.joined_many", words=_joined_many, icon="link")
register_timeline_kind("alerts.cleared", words=_cleared, icon="circle-check")
register_timeline_kind("alerts.cleared_many", words=_cleared_many, icon="circle-check")
register_timeline_kind("alerts.worsened", words=_worsened, icon="alert-triangle")
