# SPDX-License-Identifier: Apache-2.0
"""From alerts to tickets, all of them together; the single steps stand in `joining`, what causes change in `behind`.

An alert opens a ticket or joins one, once, and the ticket is told. It joins the ticket of the outage that likely explains it; or the
open ticket of the same trouble in the same place, so that what comes and goes is one piece of work; and when many alerts of one kind
come at once they share a ticket, since they are likely one fault and nobody can work on a thousand."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from steward.core.records.public import record_ref
from steward.desk.tickets.public import Ticket, ticket_by_uid
from steward.watch.alerts.behind import join_causes, lead
from steward.watch.alerts.calling import call, call_over
from steward.watch.alerts.causes import left_behind, likely_causes
from steward.watch.alerts.clock import db_now, statements
from steward.watch.alerts.joining import enter, homes, join, note, note_on, of_kind, open_for, raise_to, write
from steward.watch.alerts.kinds import outages
from steward.watch.alerts.live import tell_pages
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Maintenance, Severity

STORM: Final = 10  # so many alerts of a kind within STORM_WINDOW, of one client, are one storm
STORM_WINDOW: Final = timedelta(minutes=2)
STORM_LASTS: Final = timedelta(hours=1)
SINGLE_NOTES: Final = 10
LEFT_AFTER: Final = timedelta(minutes=5)  # so long after its cause an alert has to be over, too
SWEPT: Final = 2000
SWEPT_AFTER: Final = timedelta(minutes=1)


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
    # Two alerts of the same trouble, of one storm or of one cause must not each find no ticket and open one.
    together = "outage" if first.kind in outages() else first.kind
    statements.rows("one_at_a_time", key=f"alerts.ticket:{first.client_id}:{together}")
    causes = likely_causes(each for each in named if each.ticket_uid is None)
    held = _held({*ids, *(each.pk for each in causes.values())})
    found = [held[each.pk] for each in named if each.pk in held]
    for alert, ticket in _worse(found):
        raise_to(ticket, [alert])
        note_on(ticket, "alerts.worsened", {"alert": alert.number, "severity": alert.severity})
    homeless = [each for each in found if each.ticket_uid is None]
    homeless = join_causes(homeless, {pk: held[cause.pk] for pk, cause in causes.items() if cause.pk in held})
    homeless = lead(homeless)
    homeless = _home(homes(homeless), homeless)
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
            note(alerts[0], "alerts.cleared_many", {"count": len(alerts)})
            continue
        for each in alerts:
            note(each, "alerts.cleared", {"alert": each.number, "kind": each.kind, "params": each.params})


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


def free_left_behind() -> list[Alert]:
    """Alerts that go on although what was to explain them has been over for minutes leave its ticket; they need their own."""
    found = list(left_behind(db_now() - LEFT_AFTER)[:SWEPT])
    by_ticket: dict[tuple[UUID | None, str], list[Alert]] = {}
    for each in found:
        if each.cause is not None:
            by_ticket.setdefault((each.ticket_uid, each.cause.number), []).append(each)
    for (_ticket, cause), alerts in by_ticket.items():
        note(alerts[0], "alerts.left_behind", {"count": len(alerts), "cause": cause})
        write(alerts, "left_behind", {"cause": cause})
    going_on = Alert.objects.filter(pk__in=[each.pk for each in found]).exclude(state=AlertState.RESOLVED)
    going_on.update(cause=None, ticket_uid=None)
    return found


def _held(ids: Collection[int]) -> dict[int, Alert]:
    """Of these alerts those that are not over, by their ids; nobody else changes them meanwhile."""
    rows = Alert.objects.select_for_update(of=("self",)).select_related("client", "asset").filter(pk__in=ids)
    return {each.pk: each for each in rows.exclude(state=AlertState.RESOLVED).order_by("pk")}


def _worse(alerts: Sequence[Alert]) -> list[tuple[Alert, Ticket]]:
    """Those that got worse since they have a ticket, with it."""
    kinds = ("worsened", "ticket_opened", "ticket_joined")
    entries = AlertEntry.objects.filter(alert__in=[each.pk for each in alerts], kind__in=kinds).order_by("at", "pk")
    latest = dict(entries.values_list("alert_id", "kind"))
    ticketed = [(each, each.ticket_uid) for each in alerts if latest.get(each.pk) == "worsened"]
    return [(each, ticket_by_uid(uid)) for each, uid in ticketed if uid is not None]


def _home(tickets: Mapping[str, Ticket], alerts: Sequence[Alert]) -> list[Alert]:
    """Have those join that have a ticket to join. Returns the others."""
    homeless = []
    for alert in alerts:
        ticket = tickets.get(alert.group)
        if ticket is None:
            homeless.append(alert)
        else:
            join(alert, ticket)
    return homeless


def _settle(alerts: Sequence[Alert]) -> None:
    """A ticket for each, but those of one group share theirs."""
    opened: dict[str, Ticket] = {}
    for alert in alerts:
        ticket = opened.get(alert.group)
        if ticket is not None:
            join(alert, ticket)
        else:
            opened[alert.group] = open_for(alert, storm=False)
            enter([alert], opened[alert.group], "ticket_opened")


def _shelter(alerts: Sequence[Alert]) -> None:
    """One ticket for all of a storm. They are not linked one by one: the ticket shows the alerts that name it."""
    known = _storm_ticket(alerts[0])
    ticket = known or open_for(alerts[0], storm=True)
    if known is None:
        enter(alerts[:1], ticket, "ticket_opened", storm=True)
        alerts = alerts[1:]
    if alerts:
        raise_to(ticket, alerts)
        enter(alerts, ticket, "ticket_joined")
        note_on(ticket, "alerts.joined_many", {"count": len(alerts)})


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
        note_on(ticket, "alerts.called", params)
        if called.joined:
            about = ticket_by_uid(called.page.subject_uid)
            note_on(about, "alerts.call_joined", {"page": called.page.number, "ticket": ticket.number})


def _was_called(alert: Alert) -> bool:
    """Whether somebody was called about its ticket before."""
    called = AlertEntry.objects.filter(client_id=alert.client_id, kind="called")
    return called.filter(alert__ticket_uid=alert.ticket_uid).exists()


def _is_storm(alert: Alert) -> bool:
    near = (alert.opened_at - STORM_WINDOW, alert.opened_at + STORM_WINDOW)
    return of_kind(alert).filter(opened_at__range=near)[: STORM + 1].count() > STORM


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
