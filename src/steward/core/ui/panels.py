# SPDX-License-Identifier: Apache-2.0
from steward.core.recovery.public import Health, backup_health
from steward.core.ui.request import Request
from steward.core.ui.slots import panel


@panel("ui.today.work", permission="recovery.view", order=3)
def backups_late(request: Request, _record: object) -> Health | None:
    """Above all work: a house that is not backed up in time."""
    health = backup_health()
    return health if health.late else None
