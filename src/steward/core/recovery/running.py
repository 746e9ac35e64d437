# SPDX-License-Identifier: Apache-2.0
"""One backup from its row to its end, whoever asked for it: the console, the schedule, a command."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from steward.core.access.public import Role, RoleAssignment
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.recovery.live import back_up, opened
from steward.core.recovery.models import Backup, BackupPlan
from steward.core.recovery.queries import backup_plan, keys_folder_of
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository
from steward.core.recovery.retention import Retention, surplus
from steward.core.recovery.taking import Taken

PRUNED_EVERY: Final = timedelta(hours=24)
REMEMBERED: Final = timedelta(days=400)  # what is no backup any longer stands in the list
GONE: Final = (Backup.State.FAILED, Backup.State.CANCELLED, Backup.State.PRUNED)
log = structlog.get_logger("steward.recovery")


def carry_out(uid: UUID, taken: Taken, *, keys_folder: Path | None = None, with_ledger: bool = True) -> dict[str, Any]:
    """Make the backup of the row `uid`, then let go what has had its time. Returns what came of it, as small JSON.

    Raises RecoveryRefused, with which the row is marked as failed.
    """
    with transaction.atomic():
        row, plan = Backup.objects.get(uid=uid), backup_plan()
    destination = Path(row.destination)
    try:
        manifest = back_up(
            destination,
            keys_folder or keys_folder_of(plan),
            reason=row.reason,
            every_minutes=plan.every_minutes if plan.enabled else 0,
            taken=taken,
            with_ledger=with_ledger,
        )
    except RecoveryRefused as refused:
        with transaction.atomic():
            backup_ended(uid, Backup.State.FAILED, error=str(refused))
        raise
    with transaction.atomic():
        Backup.objects.filter(pk=row.pk).update(
            state=Backup.State.DONE,
            name=manifest.name,
            at=manifest.at,
            finished_at=timezone.now(),
            size=manifest.size,
            stored=taken.stored,
            missing=len(manifest.files_missing),
            error="",
        )
        audit("recovery.backup.done", row, name=manifest.name, size=manifest.size, stored=taken.stored)
    gone = prune(destination)
    return {"name": manifest.name, "size": manifest.size, "stored": taken.stored, "pruned": gone}


def backup_ended(uid: UUID, state: str, *, error: str = "") -> None:
    """Write down that a backup came to nothing; one that has ended stays as it is."""
    running = Backup.objects.filter(uid=uid, state=Backup.State.RUNNING)
    if running.update(state=state, finished_at=timezone.now(), error=error[:500]):
        audit("recovery.backup.end", Backup.objects.get(uid=uid), state=state)


def prune(destination: Path) -> int:
    """Let go the backups in `destination` that have had their time, at most once a day. Returns how many went."""
    with transaction.atomic():
        plan = BackupPlan.objects.first()
        now = timezone.now()
        if plan is None or (plan.pruned_at is not None and now - plan.pruned_at < PRUNED_EVERY):
            return 0
        BackupPlan.objects.filter(pk=plan.pk).update(pruned_at=now)
        Backup.objects.filter(state__in=GONE, started_at__lt=now - REMEMBERED).delete()
        damaged = set(Backup.objects.filter(damaged__gt=0).values_list("name", flat=True))
    try:
        gone, freed = _forget(opened(destination), plan, damaged, now)
    except RecoveryRefused as refused:
        log.warning("recovery.not_pruned", reason=str(refused))  # tomorrow again
        return 0
    if gone:
        with transaction.atomic():
            Backup.objects.filter(name__in=gone, destination=str(destination)).update(state=Backup.State.PRUNED)
            audit("recovery.backups.prune", plan, count=len(gone), freed=freed)
    return len(gone)


def _forget(repository: Repository, plan: BackupPlan, damaged: set[str], now: datetime) -> tuple[set[str], int]:
    with repository.locked():
        made = {repository.manifest(name).made_at: name for name in repository.names()}
        bad = {at for at, name in made.items() if name in damaged}
        keep = Retention(plan.keep_hours, plan.keep_days, plan.keep_months)
        gone = {made[at] for at in surplus(made, now=now, keep=keep, bad=bad)}
        return gone, repository.forget(gone) if gone else 0


def tell_managers() -> list[User]:
    """Who is told when something is wrong with the backups: those who run the MSP and see all of its clients."""
    holding = RoleAssignment.objects.filter(role__in=(Role.OWNER, Role.SERVICE_MANAGER)).values("user_id")
    return list(User.objects.filter(pk__in=holding, is_active=True, all_clients=True).order_by("pk"))
