# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final
from uuid import UUID

from steward.core.events.public import on
from steward.core.jobs.public import JobDied
from steward.core.notify.public import send
from steward.core.operations.events import OperationEnded
from steward.core.operations.models import Operation
from steward.core.operations.work import end_operation
from steward.core.records.public import record_ref

WORTH_TELLING: Final = timedelta(seconds=30)


@on(JobDied, name="operations.fail_with_its_job")
def fail_with_its_job(event: JobDied) -> None:
    """Work whose job ended with the dead letters will not go on; it says so."""
    uid = event.ids.get("operation")
    if isinstance(uid, str) and Operation.objects.filter(uid=uid).exists():
        end_operation(UUID(uid), Operation.State.FAILED, error=event.error)


@on(OperationEnded, name="operations.tell_owner")
def tell_owner(event: OperationEnded) -> None:
    """Somebody who may have left the page is told in the console how long work ended."""
    operation = Operation.objects.select_related("owner", "client").get(uid=event.operation)
    if operation.owner is None or operation.finished_at is None or operation.state == Operation.State.CANCELLED:
        return
    if operation.finished_at - operation.created_at < WORTH_TELLING:
        return
    params = {"operation": str(record_ref(operation)), "state": operation.state}
    send("operations.ended", to=operation.owner, params=params, client=operation.client)
