# SPDX-License-Identifier: Apache-2.0
"""The daily anchor: made, kept beside the database, sent away, tried again until it has arrived."""

from dataclasses import dataclass
from datetime import datetime

import httpx
import structlog
from django.db import connection, transaction
from django.utils import timezone

from steward.core.audit.anchors import SignedHead, local_anchors, public_key, sign
from steward.core.audit.delivery import BadTarget, append, deliver, reason, shown
from steward.core.audit.models import Anchor
from steward.core.audit.named import QUERIES
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings

RETRIED_AT_ONCE = 50
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AnchorState:
    """How well the audit is anchored. `off_machine_at` is None when no anchor has ever left the machine."""

    target_set: bool
    last_at: datetime | None
    last_seq: int
    off_machine_at: datetime | None
    waiting: int


def export_anchor() -> SignedHead | None:
    """Sign the chain's head and send it to STEWARD_AUDIT_ANCHOR, with those that did not arrive before.

    Every anchor is also kept in `<data>/audit/anchors.jsonl`, out of the database's reach but on this machine. Returns
    None when nothing has been audited yet. A target that fails is recorded and logged, not raised.
    """
    target = get_settings().audit_anchor
    head = _new_anchor(target)
    if head is not None:
        append(local_anchors(), head)
    if target:
        _send_waiting(target)
    return head


def anchor_state() -> AnchorState:
    """For the page of operations, the doctor and the metrics."""
    newest = Anchor.objects.order_by("-at").first()
    arrived = Anchor.objects.filter(state=Anchor.State.DELIVERED).order_by("-delivered_at").first()
    waiting = Anchor.objects.filter(state__in=(Anchor.State.PENDING, Anchor.State.FAILED)).count()
    return AnchorState(
        target_set=bool(get_settings().audit_anchor),
        last_at=newest.at if newest else None,
        last_seq=newest.seq if newest else 0,
        off_machine_at=arrived.delivered_at if arrived else None,
        waiting=waiting,
    )


def _new_anchor(target: str) -> SignedHead | None:
    with scoped(system_scope("audit.anchor")), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(QUERIES["head"])
            row = cursor.fetchone()
        if row is None:
            return None
        head = sign(row[0], bytes(row[1]), timezone.now())
        state = Anchor.State.PENDING if target else Anchor.State.KEPT
        Anchor.objects.create(
            seq=head.seq, hash=head.hash, at=head.at, signature=head.signature, target=shown(target), state=state
        )
    return head


def _send_waiting(target: str) -> None:
    waiting = Anchor.objects.filter(state__in=(Anchor.State.PENDING, Anchor.State.FAILED)).order_by("-at")
    for anchor in list(waiting[:RETRIED_AT_ONCE]):
        head = SignedHead(anchor.seq, anchor.hash, anchor.at, public_key(), anchor.signature)
        _send(anchor, head, target)


def _send(anchor: Anchor, head: SignedHead, target: str) -> None:
    anchor.attempts += 1
    try:
        deliver(head, target)
    except (BadTarget, OSError, httpx.HTTPError, httpx.InvalidURL) as wrong:
        anchor.state, anchor.error = Anchor.State.FAILED, reason(wrong)[:300]
        _log.warning("audit_anchor_failed", seq=anchor.seq, target=shown(target), error=anchor.error)
    else:
        anchor.state, anchor.error, anchor.delivered_at = Anchor.State.DELIVERED, "", timezone.now()
    anchor.target = shown(target)
    anchor.save()
