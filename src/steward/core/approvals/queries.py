# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from steward.core.access.public import Role, RoleAssignment, StaffClient, permissions, roles_of
from steward.core.approvals.models import Approval
from steward.core.identity.public import User
from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Actor, current_scope


def approvals() -> QuerySet[Approval]:
    """Every question within the scope, newest first."""
    return (
        Approval.objects.select_related("asked_by", "client")
        .prefetch_related("decisions__person")
        .order_by("-created_at", "-pk")
    )


def find_approval(uid: UUID) -> Approval | None:
    """One question; None when it is not there within the scope."""
    return approvals().filter(uid=uid).first()


def approvals_of(record: RecordRef) -> QuerySet[Approval]:
    """The questions about a record, newest first."""
    return approvals().filter(record_kind=record.kind, record_uid=record.uid)


def waiting_for_me() -> QuerySet[Approval]:
    """The open questions that the current actor may answer and has not, the most pressing first."""
    actor = current_scope().actor
    if actor.user_id is None:
        return Approval.objects.none()
    asked = Q(permission__in=actor.permissions) | Q(role__in=_roles(actor))
    mine = Q(asked_by_id=actor.user_id) | Q(decisions__person_id=actor.user_id)
    still_open = approvals().filter(asked, state=Approval.State.OPEN, expires_at__gt=timezone.now())
    return still_open.exclude(pk__in=Approval.objects.filter(mine).values("pk")).order_by("expires_at", "pk")


def may_answer(approval: Approval, actor: Actor) -> bool:
    """Whether the actor is among those asked; whether it is their own question is another matter."""
    if approval.permission:
        return actor.may(approval.permission)
    return approval.role in _roles(actor)


def approvers(approval: Approval) -> list[User]:
    """The people who may answer, the asker left out. Needs the scope of the system, since persons have scopes of their own."""
    holding = [role.value for role in Role if _holds(role, approval)]
    with_role = RoleAssignment.objects.filter(role__in=holding).values("user_id")
    reach = Q(client_id__isnull=True, all_clients=True)
    if approval.client_id is not None:
        chosen = StaffClient.objects.filter(client_id=approval.client_id).values("user_id")
        reach |= Q(client_id=approval.client_id) | Q(client_id__isnull=True, pk__in=chosen)
    people = User.objects.filter(reach, is_active=True, pk__in=with_role).order_by("pk")
    return [person for person in people if person.pk != approval.asked_by_id]


def _holds(role: Role, approval: Approval) -> bool:
    if approval.permission:
        declared = permissions().get(approval.permission)
        return declared is not None and declared.held_by(role)
    return role.value == approval.role


def _roles(actor: Actor) -> list[str]:
    person = User.objects.filter(pk=actor.user_id).first() if actor.user_id is not None else None
    return [role.value for role in roles_of(person)] if person else []
