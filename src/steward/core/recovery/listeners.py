# SPDX-License-Identifier: Apache-2.0
from steward.core.events.public import on
from steward.core.operations.public import OperationEnded
from steward.core.recovery.actions import BACK_UP
from steward.core.recovery.models import Backup
from steward.core.recovery.running import backup_ended


@on(OperationEnded, name="recovery.end_with_its_operation")
def end_with_its_operation(event: OperationEnded) -> None:
    """A backup whose long work was stopped, or died with its worker, is not being made any longer."""
    if event.kind != BACK_UP:
        return
    row = Backup.objects.filter(operation=event.operation).first()
    if row is not None:
        state = Backup.State.CANCELLED if event.state == "cancelled" else Backup.State.FAILED
        backup_ended(row.uid, state)
