# SPDX-License-Identifier: Apache-2.0
from pathlib import Path
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Denied, Refused, action
from steward.core.audit.public import audit
from steward.core.operations.public import Operation, start
from steward.core.recovery.models import Backup, BackupPlan
from steward.core.recovery.queries import backup_plan, destination_of, good_backups, keys_folder_of
from steward.core.recovery.repository import is_being_written
from steward.core.tenancy.public import ALL, Actor, current_scope
from steward.settings.env import get_settings

BACK_UP: Final = "recovery.back_up"
VERIFY: Final = "recovery.verify"
# What lies in the data directory and is none of the backups' business.
TAKEN: Final = ("store", "files", "secrets", "run", "logs", "agent", "postgres-18")
# Twenty years of each.
MOST: Final = {"keep_hours": 175_200, "keep_days": 7_300, "keep_months": 240}


@action(permission="recovery.manage")
def backup_plan_set(
    *,
    actor: Actor,
    enabled: bool,
    every_minutes: int,
    destination: str,
    keys_folder: str,
    keys_beside: bool,
    keep_hours: int,
    keep_days: int,
    keep_months: int,
) -> BackupPlan:
    """Say when Steward is backed up, where to ("": in the data directory) and how long backups are kept.

    `keys_beside` must be true for the keys to lie in the same directory as the data: whoever gets both needs the recovery key alone.

    Raises:
        Refused: fields `every_minutes`, `destination`, `keys_folder`, `keep_hours`, `keep_days`, `keep_months`.
    """
    _whole_msp("recovery.manage")
    if not BackupPlan.SHORTEST <= every_minutes <= BackupPlan.LONGEST:
        raise Refused("every_minutes", _("Say an interval between 5 minutes and a week."))
    for field, value in (("keep_hours", keep_hours), ("keep_days", keep_days), ("keep_months", keep_months)):
        if not 0 <= value <= MOST[field]:
            raise Refused(field, _("Say a number from 0 to %(most)s.") % {"most": MOST[field]})
    _check_folder("destination", destination)
    _check_folder("keys_folder", keys_folder)
    plan = BackupPlan.objects.select_for_update().first() or BackupPlan()
    plan.enabled, plan.every_minutes = enabled, every_minutes
    plan.destination, plan.keys_folder = destination.strip(), keys_folder.strip()
    if (
        keys_folder
        and not keys_beside
        and keys_folder_of(plan).resolve().is_relative_to(destination_of(plan).resolve())
    ):
        raise Refused(
            "keys_folder", _("The keys would lie beside the data. Choose another directory, or say that you want that.")
        )
    plan.keep_hours, plan.keep_days, plan.keep_months = keep_hours, keep_days, keep_months
    plan.changed_at = timezone.now()
    plan.save()
    audit(
        "recovery.plan.set",
        plan,
        enabled=enabled,
        every_minutes=every_minutes,
        destination=plan.destination,
        keys_folder=plan.keys_folder,
        keep=[keep_hours, keep_days, keep_months],
    )
    return plan


@action(permission="recovery.run")
def backup_start(*, actor: Actor, reason: str = Backup.Reason.HAND) -> Operation:
    """Back Steward up as long work, into the place that the plan names.

    Raises:
        Refused: field `backup` while another one is being made.
    """
    _whole_msp("recovery.run")
    row = backup_begin(reason=reason, started_by=actor.user_id)
    operation = start(BACK_UP, actor=actor, params={"backup": str(row.uid)})
    row.operation = operation.uid
    row.save(update_fields=["operation"])
    return operation


def backup_begin(*, reason: str, started_by: int | None = None, destination: str = "") -> Backup:
    """Write down that a backup begins. Raises Refused, field `backup`, while another one is being made."""
    _end_killed_command()
    try:
        # The database says who is first, and a broken rule breaks the transaction it happens in: hence a savepoint.
        with transaction.atomic():
            row = Backup.objects.create(
                reason=reason, started_by_id=started_by, destination=destination or str(destination_of(backup_plan()))
            )
    except IntegrityError:
        raise Refused("backup", _("A backup is being made already. Wait until it has ended, or stop it.")) from None
    row.refresh_from_db()
    audit("recovery.backup.start", row, reason=reason)
    return row


def _end_killed_command() -> None:
    # Long work is ended by whoever carries it; a command that was killed leaves its row behind, and nothing that it held.
    row = Backup.objects.filter(state=Backup.State.RUNNING, reason=Backup.Reason.COMMAND).first()
    if row is not None and not is_being_written(Path(row.destination)):
        Backup.objects.filter(pk=row.pk).update(state=Backup.State.FAILED, finished_at=timezone.now())
        audit("recovery.backup.end", row, state=Backup.State.FAILED.value)


@action(permission="recovery.run")
def backup_verify_start(*, actor: Actor) -> Operation:
    """Read the newest backup back, all of it, as long work.

    Raises:
        Refused: field `backup` when there is none.
    """
    _whole_msp("recovery.run")
    newest = good_backups().first()
    if newest is None:
        raise Refused("backup", _("There is no backup to verify yet."))
    return start(VERIFY, actor=actor, params={"backup": str(newest.uid)})


def _whole_msp(permission: str) -> None:
    # A backup holds every client; who sees some of them has no business with it.
    if current_scope().clients is not ALL:
        raise Denied(permission)


def _check_folder(field: str, value: str) -> None:
    if not value.strip():
        return
    folder, data = Path(value.strip()), get_settings().data_dir.resolve()
    problem: Promise | str = ""
    if not folder.is_absolute() or ".." in folder.parts or not _can_be(folder):
        problem = _("Give a whole path, from / on.")
    elif _lies_in_the_way(folder.resolve(), data):
        problem = _("Steward keeps its data there. Choose another directory, best on another disk.")
    elif folder.exists() and not folder.is_dir():
        problem = _("That is a file. Give a directory.")
    if problem:
        raise Refused(field, problem)


def _lies_in_the_way(folder: Path, data: Path) -> bool:
    # Both without links: a link may lead where the data are.
    if folder == data or data.is_relative_to(folder):
        return True
    return any(folder.is_relative_to((data / each).resolve()) for each in TAKEN)


def _can_be(folder: Path) -> bool:
    """Whether the system can be asked for it: a name may be too long, or hold what cannot be typed."""
    if not str(folder).isprintable():
        return False
    try:
        folder.resolve().exists()
    except (OSError, RuntimeError):  # the latter for links that lead to each other
        return False
    return True
