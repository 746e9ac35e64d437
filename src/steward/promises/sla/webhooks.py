# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from steward.core.webhooks.public import ClientSaid, client_said, register_webhook_event
from steward.promises.sla.events import PromiseBroken, ThresholdReached
from steward.promises.sla.models import Obligation


@dataclass(frozen=True, slots=True)
class PromiseData:
    """What was promised: the clause, the kind of target, the record it is owed for (kind and identifier), and by when; `due_at` is
    null while the clock is paused."""

    client: ClientSaid
    obligation: UUID
    clause: str
    kind: str
    priority: str
    subject_kind: str
    subject_uid: UUID
    state: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class ThresholdData:
    """How much of the time has passed, in percent, of which promise."""

    percent: int
    promise: PromiseData
    client: ClientSaid


def _promise(event: PromiseBroken) -> PromiseData:
    return _said(event.obligation)


def _threshold(event: ThresholdReached) -> ThresholdData:
    promise = _said(event.obligation)
    return ThresholdData(event.percent, promise, promise.client)


def _said(uid: UUID) -> PromiseData:
    owed = Obligation.objects.select_related("client").get(uid=uid)
    return PromiseData(
        client=client_said(owed.client),
        obligation=owed.uid,
        clause=owed.clause,
        kind=owed.kind,
        priority=owed.priority,
        subject_kind=owed.subject_kind,
        subject_uid=owed.subject_uid,
        state=owed.state,
        due_at=owed.due_at,
    )


register_webhook_event("sla.promise_broken", PromiseBroken, payload=_promise)
register_webhook_event("sla.threshold_reached", ThresholdReached, payload=_threshold)
