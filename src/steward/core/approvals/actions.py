# SPDX-License-Identifier: Apache-2.0
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import OWN, Denied, Refused, Role, action
from steward.core.approvals.events import ApprovalAsked, ApprovalEnded
from steward.core.approvals.models import Approval, Decision
from steward.core.approvals.queries import may_answer
from steward.core.approvals.questions import question
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Actor, Client, OutsideTransaction

REASON_MAX = 500
LONGEST = timedelta(days=90)


def ask(
    kind: str,
    *,
    actor: Actor,
    record: RecordRef,
    client: Client | None,
    params: Mapping[str, Any] | None = None,
    permission: str = "",
    role: Role | None = None,
    quorum: int = 1,
    expires_in: timedelta,
) -> Approval:
    """Ask whoever holds `permission`, or `role`, about a record, in the transaction of the action that needs the answer.

    `ApprovalEnded` tells the answer: approved when `quorum` people approved, rejected when one rejected, expired when
    `expires_in` passed. The one who asks can't answer.

    Raises:
        UnknownQuestion; OutsideTransaction; ValueError for parameters that were not declared, no approvers, a quorum
        below 1, or a time of none or over 90 days.
    """
    declared = question(kind)
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind}: ask in the transaction that needs the answer")
    if set(params or {}) != declared.params:
        raise ValueError(f"{kind}: parameters are {', '.join(sorted(declared.params)) or 'none'}")
    if not permission and role is None:
        raise ValueError(f"{kind}: say who may answer")
    if quorum < 1 or not timedelta(0) < expires_in <= LONGEST:
        raise ValueError(f"{kind}: at least one has to answer, within 90 days")
    approval = Approval.objects.create(
        kind=kind,
        params=dict(params or {}),
        client=client,
        record_kind=record.kind,
        record_uid=record.uid,
        asked_by_id=actor.user_id,
        permission=permission,
        role=role.value if role else "",
        quorum=quorum,
        expires_at=timezone.now() + expires_in,
    )
    approval.refresh_from_db(fields=["uid", "created_at"])
    audit("approvals.approval.ask", approval, question=kind, record=str(record), quorum=quorum)
    emit(ApprovalAsked(approval.uid, kind))
    return approval


@action(permission="approvals.decide")
def decide(approval: Approval, *, actor: Actor, verdict: str, reason: str = "") -> Approval:
    """Answer a question.

    Raises:
        Denied: the actor is not among those asked.
        Refused: field `approval` when it is one's own, no longer open, or answered by the same person before; field
            `verdict` when it is none; field `reason` when a rejection has none.
    """
    found = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if actor.user_id is None or not may_answer(found, actor):
        raise Denied(found.permission or found.role)
    _refuse_wrong(found, actor.user_id, verdict, reason.strip())
    Decision.objects.create(
        approval=found, client_id=found.client_id, person_id=actor.user_id, verdict=verdict, reason=reason.strip()
    )
    audit("approvals.approval.decide", found, verdict=verdict, reason=reason.strip())
    if verdict == Decision.Verdict.REJECT:
        _end(found, Approval.State.REJECTED)
    elif found.decisions.aggregate(n=Count("pk", filter=Q(verdict=Decision.Verdict.APPROVE)))["n"] >= found.quorum:
        _end(found, Approval.State.APPROVED)
    return found


@action(permission=OWN)
def withdraw(approval: Approval, *, actor: Actor) -> Approval:
    """Take back a question that one asked oneself, or as a manager anybody's.

    Raises:
        Denied: somebody else asked. Refused: field `approval` when it is no longer open.
    """
    found = Approval.objects.select_for_update(of=("self",)).get(pk=approval.pk)
    if (actor.user_id is None or found.asked_by_id != actor.user_id) and not actor.may("approvals.manage"):
        raise Denied("approvals.manage")
    if found.state != Approval.State.OPEN:
        raise Refused("approval", _("This question is no longer open."))
    _end(found, Approval.State.WITHDRAWN)
    audit("approvals.approval.withdraw", found)
    return found


def expire_due() -> int:
    """Close every open question whose time is over. Returns how many. For the clock."""
    due = Approval.objects.select_for_update(skip_locked=True, of=("self",)).filter(
        state=Approval.State.OPEN, expires_at__lte=timezone.now()
    )
    count = 0
    for approval in due:
        _end(approval, Approval.State.EXPIRED)
        audit("approvals.approval.expire", approval)
        count += 1
    return count


def _refuse_wrong(approval: Approval, person_id: int, verdict: str, reason: str) -> None:
    if approval.asked_by_id == person_id:
        raise Refused("approval", _("You asked for this yourself; somebody else has to answer."))
    if approval.state != Approval.State.OPEN or approval.expires_at <= timezone.now():
        raise Refused("approval", _("This question is no longer open."))
    if approval.decisions.filter(person_id=person_id).exists():
        raise Refused("approval", _("You have answered already."))
    if verdict not in Decision.Verdict.values:
        raise Refused("verdict", _("Approve or reject."))
    if verdict == Decision.Verdict.REJECT and not reason:
        raise Refused("reason", _("Say why, so that the one who asked knows what to change."))
    if len(reason) > REASON_MAX:
        raise Refused("reason", _("Keep the reason under 500 characters."))


def _end(approval: Approval, state: str) -> None:
    approval.state, approval.ended_at = state, timezone.now()
    approval.save(update_fields=["state", "ended_at"])
    emit(ApprovalEnded(approval.uid, approval.kind, state, str(RecordRef(approval.record_kind, approval.record_uid))))
