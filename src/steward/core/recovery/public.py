# SPDX-License-Identifier: Apache-2.0
"""The door of recovery."""

from steward.core.recovery.actions import (
    backup_begin,
    backup_plan_set,
    backup_start,
    backup_verify_start,
)
from steward.core.recovery.models import Backup, BackupPlan
from steward.core.recovery.queries import (
    Health,
    backup_health,
    backup_plan,
    backups,
    destination_of,
    good_backups,
    keys_folder_of,
    on_the_disk_of_the_data,
)
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.restored import settle_restored
from steward.core.recovery.running import backup_ended, carry_out

__all__ = [
    "Backup",
    "BackupPlan",
    "Health",
    "RecoveryRefused",
    "backup_begin",
    "backup_ended",
    "backup_health",
    "backup_plan",
    "backup_plan_set",
    "backup_start",
    "backup_verify_start",
    "backups",
    "carry_out",
    "destination_of",
    "good_backups",
    "keys_folder_of",
    "on_the_disk_of_the_data",
    "settle_restored",
]
