# SPDX-License-Identifier: Apache-2.0
"""The door of alerts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Client, current_scope
from steward.estate.assets.public import Asset
from steward.watch.alerts.actions import Raising, alerts_clear, alerts_raise, alerts_seen
from steward.watch.alerts.events import AlertAcknowledged, AlertJudged, AlertOpened, AlertResolved
from steward.watch.alerts.kinds import register_alert_kind, title_of
from steward.watch.alerts.models import Alert, AlertState, Severity
from steward.watch.alerts.queries import Accuracy, accuracy, alerts_of, began_between, unresolved_of_kind


def alert_raise(
    *,
    client: Client,
    fingerprint: str,
    kind: str,
    params: Mapping[str, Any],
    severity: str,
    asset: Asset | None = None,
    ref: RecordRef | None = None,
    topic: str = "",
    at: datetime | None = None,
) -> Alert:
    """Report one trouble in the name of whoever opened the scope; see `alerts_raise`, which takes many at once."""
    raising = Raising(client, fingerprint, kind, severity, params, asset, ref, topic)
    return alerts_raise([raising], actor=current_scope().actor, at=at)[0]


def alert_clear(
    *, client: Client, fingerprint: str, params: Mapping[str, Any] | None = None, at: datetime | None = None
) -> Alert | None:
    """Say that the trouble with a fingerprint is over. None when none goes on."""
    going_on = Alert.objects.filter(client=client, fingerprint=fingerprint).exclude(state=AlertState.RESOLVED)
    cleared = alerts_clear(going_on, actor=current_scope().actor, params=params, at=at)
    return cleared[0] if cleared else None


__all__ = [
    "Accuracy",
    "Alert",
    "AlertAcknowledged",
    "AlertJudged",
    "AlertOpened",
    "AlertResolved",
    "Raising",
    "Severity",
    "accuracy",
    "alert_clear",
    "alert_raise",
    "alerts_clear",
    "alerts_of",
    "alerts_raise",
    "alerts_seen",
    "began_between",
    "register_alert_kind",
    "title_of",
    "unresolved_of_kind",
]
