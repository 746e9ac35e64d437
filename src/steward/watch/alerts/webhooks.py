# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from steward.core.webhooks.public import ClientSaid, RecordSaid, client_said, record_said, register_webhook_event
from steward.watch.alerts.events import AlertAcknowledged, AlertOpened, AlertResolved
from steward.watch.alerts.models import Alert


@dataclass(frozen=True, slots=True)
class AlertData:
    """An alert as it is when it is told: what was noticed is its kind, about the asset where it is about one; `ticket` is the
    identifier of the one that it opened or joined."""

    client: ClientSaid
    alert: RecordSaid
    number: str
    kind: str
    severity: str
    state: str
    asset: RecordSaid | None
    ticket: UUID | None
    count: int
    opened_at: datetime
    resolved_at: datetime | None


def _alert(event: AlertOpened | AlertAcknowledged | AlertResolved) -> AlertData:
    found = Alert.objects.select_related("client", "asset").get(uid=event.alert_uid)
    return AlertData(
        client=client_said(found.client),
        alert=record_said(found),
        number=found.number,
        kind=found.kind,
        severity=found.severity,
        state=found.state,
        asset=record_said(found.asset) if found.asset else None,
        ticket=found.ticket_uid,
        count=found.count,
        opened_at=found.opened_at,
        resolved_at=found.resolved_at,
    )


register_webhook_event("alerts.alert_opened", AlertOpened, payload=_alert)
register_webhook_event("alerts.alert_acknowledged", AlertAcknowledged, payload=_alert)
register_webhook_event("alerts.alert_resolved", AlertResolved, payload=_alert)
