# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from uuid import UUID

from django.db.models import Q, QuerySet

from steward.core.operations.models import Operation
from steward.core.operations.work import UnknownOperation, operation_kind, operation_kinds
from steward.core.tenancy.public import current_scope


def operations() -> QuerySet[Operation]:
    """The actor's own long work, and that of others where the actor may see it; within the scope, newest first."""
    actor = current_scope().actor
    seen = Q(owner_id=actor.user_id) if actor.user_id is not None else Q(pk__in=[])
    if actor.may("operations.view"):
        seen |= Q(kind__in=[declared.kind for declared in operation_kinds() if actor.may(declared.permission)])
    return Operation.objects.filter(seen).select_related("owner", "client").order_by("-created_at", "-pk")


def find_operation(uid: UUID) -> Operation | None:
    """One piece of long work; None when it is not there for this actor."""
    return operations().filter(uid=uid).first()


def operation_label(operation: Operation) -> str:
    """What the work is called, in the reader's language."""
    try:
        return str(operation_kind(operation.kind).label)
    except UnknownOperation:
        return operation.kind


def operation_text(operation: Operation) -> str:
    """What the work said last, in the reader's language."""
    try:
        text = operation_kind(operation.kind).messages.get(operation.message_kind, "")
        return str(text) % operation.message_params if text else ""
    except (UnknownOperation, KeyError, TypeError, ValueError):
        return ""  # said by another version of the code
