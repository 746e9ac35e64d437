# SPDX-License-Identifier: Apache-2.0
from steward.core.approvals.events import ApprovalAsked, ApprovalEnded
from steward.core.approvals.models import Approval
from steward.core.approvals.queries import approvers
from steward.core.events.public import on
from steward.core.notify.public import send
from steward.core.records.public import RecordRef, record_ref
from steward.core.tenancy.public import current_scope, scoped, system_scope


@on(ApprovalAsked, name="approvals.tell_approvers")
def tell_approvers(event: ApprovalAsked) -> None:
    """Those who may answer are told."""
    with scoped(system_scope("approvals", current_scope().clients)):
        approval = Approval.objects.select_related("client").get(uid=event.approval)
        if approval.state == Approval.State.OPEN:
            send("approvals.asked", to=approvers(approval), params=_params(approval), client=approval.client)


@on(ApprovalEnded, name="approvals.tell_asker")
def tell_asker(event: ApprovalEnded) -> None:
    """The one who asked is told the answer."""
    with scoped(system_scope("approvals", current_scope().clients)):
        approval = Approval.objects.select_related("client", "asked_by").get(uid=event.approval)
        if approval.asked_by is not None and approval.state != Approval.State.WITHDRAWN:
            params = _params(approval) | {"state": approval.state}
            send("approvals.ended", to=approval.asked_by, params=params, client=approval.client)


def _params(approval: Approval) -> dict[str, str]:
    return {"approval": str(record_ref(approval)), "record": str(RecordRef(approval.record_kind, approval.record_uid))}
