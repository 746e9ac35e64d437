# SPDX-License-Identifier: Apache-2.0
"""What people do with alerts. What machines say stands in `raising`."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.tenancy.public import Actor
from steward.watch.alerts.actions.reasons import said_why
from steward.watch.alerts.clock import db_now
from steward.watch.alerts.events import AlertAcknowledged, AlertJudged, AlertResolved
from steward.watch.alerts.live import tell_pages
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Verdict
from steward.watch.alerts.tasks import tell_tickets_soon

SNOOZE_MAX: Final = timedelta(days=30)


@action(permission="alerts.work")
def alert_acknowledge(alert: Alert, *, actor: Actor) -> bool:
    """Say that one has seen it. Returns whether that changed anything: the first has it, and what is over stays over."""
    found = _held(alert)
    if found.state != AlertState.OPEN:
        return False
    found.state, found.acknowledged_at, found.acknowledged_by_id = AlertState.ACKNOWLEDGED, db_now(), actor.user_id
    found.save(update_fields=["state", "acknowledged_at", "acknowledged_by"])
    _entered(found, "acknowledged", actor)
    emit(AlertAcknowledged(found.client_id, found.uid))
    return True


@action(permission="alerts.work")
def alert_snooze(alert: Alert, *, actor: Actor, until: datetime) -> Alert:
    """Leave an alert out of the lists of what is to be done until a time. It goes on, and so does its ticket.

    Raises:
        Refused: `until` when it is past or more than 30 days ahead; the whole when it is over.
    """
    found = _held(alert)
    if found.is_resolved:
        raise Refused("", _("This alert is over."))
    now = db_now()
    if not now < until <= now + SNOOZE_MAX:
        raise Refused("until", _("Choose a time within the next 30 days."))
    found.snoozed_until = until
    found.save(update_fields=["snoozed_until"])
    _entered(found, "snoozed", actor, until=until.isoformat())
    return found


@action(permission="alerts.work")
def alert_wake(alert: Alert, *, actor: Actor) -> Alert:
    """Have an alert among what is to be done again."""
    found = _held(alert)
    if found.snoozed_until is not None:
        found.snoozed_until = None
        found.save(update_fields=["snoozed_until"])
        _entered(found, "woken", actor)
    return found


@action(permission="alerts.work")
def alert_resolve(alert: Alert, *, actor: Actor, reason: str) -> Alert:
    """Say that it is over, though nothing was seen to say so. If it is still seen, it comes again as a new alert and joins the ticket.

    Raises:
        Refused: `reason` when empty or too long; the whole when it is over.
    """
    found = _held(alert)
    if found.is_resolved:
        raise Refused("", _("This alert is over."))
    why = said_why(reason)
    found.state, found.resolved_at = AlertState.RESOLVED, max(db_now(), found.opened_at)
    found.resolved_by_id = actor.user_id
    found.save(update_fields=["state", "resolved_at", "resolved_by"])
    _entered(found, "resolved", actor, reason=why)
    emit(AlertResolved(found.client_id, found.uid))
    tell_tickets_soon([found])
    return found


@action(permission="alerts.work")
def alert_judge(alert: Alert, *, actor: Actor, verdict: str) -> Alert:
    """Say whether an alert was right, open or over; the last word counts, all of them are kept.

    Raises:
        Refused: `verdict` for another word than true_positive or false_positive.
    """
    found = _held(alert)
    if verdict not in Verdict.values:
        raise Refused("verdict", _("An alert was right or it was wrong: true_positive or false_positive."))
    found.verdict, found.verdict_at, found.verdict_by_id = verdict, db_now(), actor.user_id
    found.save(update_fields=["verdict", "verdict_at", "verdict_by"])
    _entered(found, "judged", actor, verdict=verdict)
    emit(AlertJudged(found.client_id, found.uid))
    return found


def _held(alert: Alert) -> Alert:
    return Alert.objects.select_for_update(of=("self",)).select_related("client", "asset").get(pk=alert.pk)


def _entered(alert: Alert, kind: str, actor: Actor, **params: Any) -> None:
    AlertEntry.objects.create(
        client_id=alert.client_id, alert=alert, kind=kind, params=params, person_id=actor.user_id, at=db_now()
    )
    audit(f"alerts.alert.{kind}", alert, **params)
    tell_pages([alert])
