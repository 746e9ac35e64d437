# SPDX-License-Identifier: Apache-2.0
"""Every read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone

from steward.core.recovery.keys_apart import recovery_key_file
from steward.core.recovery.models import Backup, BackupPlan
from steward.core.recovery.process import default_destination, default_keys_folder
from steward.settings.env import get_settings

LATE_AFTER = 2  # times the interval


@dataclass(frozen=True, slots=True)
class Health:
    """How the backups are. `late`: the plan is on, and the last good one is older than twice its interval."""

    enabled: bool
    last_good: Backup | None
    late: bool
    key_waits_in: Path | None


def backups() -> QuerySet[Backup]:
    """Every backup that was tried, newest first."""
    return Backup.objects.select_related("started_by").order_by("-started_at", "-pk")


def good_backups() -> QuerySet[Backup]:
    """Those that can be restored, as far as is known; the newest first."""
    return backups().filter(Q(damaged__isnull=True) | Q(damaged=0), state=Backup.State.DONE)


def backup_plan() -> BackupPlan:
    """The plan; as it would be when nobody has said anything yet."""
    return BackupPlan.objects.first() or BackupPlan(changed_at=timezone.now())


def destination_of(plan: BackupPlan) -> Path:
    """Where the plan's backups go."""
    return Path(plan.destination) if plan.destination else default_destination(get_settings())


def keys_folder_of(plan: BackupPlan) -> Path:
    """Where the plan's file of keys goes."""
    return Path(plan.keys_folder) if plan.keys_folder else default_keys_folder(get_settings())


def backup_health(*, at: datetime | None = None) -> Health:
    """How the backups are at `at` (now)."""
    plan, last = backup_plan(), good_backups().first()
    now = at or timezone.now()
    since = max(filter(None, (last.at if last else None, None if last else plan.changed_at)))
    late = plan.enabled and now - since > LATE_AFTER * timedelta(minutes=plan.every_minutes)
    key = recovery_key_file(get_settings())
    return Health(plan.enabled, last, late, key if key.exists() else None)


def due(*, at: datetime | None = None) -> bool:
    """Whether the plan wants a backup now. One that is being made, or just failed, counts as tried."""
    plan, last = backup_plan(), backups().first()
    if not plan.enabled:
        return False
    if last is None:
        return True
    return (at or timezone.now()) - last.started_at >= timedelta(minutes=plan.every_minutes)


def on_the_disk_of_the_data(folder: Path) -> bool:
    """Whether `folder` goes when the disk of the data goes. Asks the disk, so a page that is always open does not call it."""
    here = folder
    try:
        while not here.exists():
            here = here.parent
        return here.stat().st_dev == get_settings().data_dir.stat().st_dev
    except OSError:
        return False
