# SPDX-License-Identifier: Apache-2.0
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Denied, Refused, action
from steward.core.audit.public import audit
from steward.core.jobs.public import defer
from steward.core.operations.models import Operation
from steward.core.operations.moving import moved
from steward.core.operations.work import end_operation, operation_kind
from steward.core.tenancy.public import ALL, Actor, Client, ForeignClient, OutsideTransaction, current_scope


def start(
    kind: str,
    *,
    actor: Actor,
    total: int | None = None,
    params: Mapping[str, Any] | None = None,
    client: Client | None = None,
) -> Operation:
    """Start long work, in the transaction of the action that asks for it and has looked at the permission.

    `client` may be left out by those who see every client, for work of the MSP, and by those who see one, who mean it.

    Raises:
        UnknownOperation; OutsideTransaction; ForeignClient when the client is outside the scope, or is left out by
        somebody who sees several and not all.
    """
    declared = operation_kind(kind)
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind}: start long work in the transaction that asks for it")
    client_id = client.pk if client is not None else _only_client()
    row = Operation.objects.create(
        kind=kind, params=dict(params or {}), owner_id=actor.user_id, client_id=client_id, total=total
    )
    row.refresh_from_db(fields=["uid", "created_at"])
    defer(declared.task, operation=str(row.uid))
    audit("operations.operation.start", row, operation=kind)
    return row


@action(permission="operations.cancel")
def cancel(operation: Operation, *, actor: Actor) -> None:
    """Stop long work: what waits at once, what runs before its next step. What it has done stays done.

    Raises:
        Denied: it is the work of somebody else. Refused: field `operation` when it has ended.
    """
    if operation.owner_id != actor.user_id and not actor.may("operations.manage"):
        raise Denied("operations.manage")
    row = Operation.objects.select_for_update(of=("self",)).get(pk=operation.pk)
    if row.ended:
        raise Refused("operation", _("This work has ended already."))
    if row.state == Operation.State.QUEUED:
        end_operation(row.uid, Operation.State.CANCELLED)
    else:
        row.cancel_requested_at = row.cancel_requested_at or timezone.now()
        row.save(update_fields=["cancel_requested_at"])
        moved(row)
    audit("operations.operation.cancel", row, operation=row.kind)


def _only_client() -> int | None:
    clients = current_scope().clients
    if clients is ALL:
        return None
    if len(clients) != 1:
        raise ForeignClient("start: say for which client, since this scope has several and not all")
    return next(iter(clients))
