# SPDX-License-Identifier: Apache-2.0
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused
from steward.core.jobs.public import Backoff, GiveUp, once, periodic
from steward.core.notify.public import send
from steward.core.operations.public import Work, operation, start
from steward.core.recovery.actions import BACK_UP, VERIFY, backup_start
from steward.core.recovery.live import opened
from steward.core.recovery.models import Backup
from steward.core.recovery.queries import backup_health, due, good_backups
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.running import carry_out, tell_managers
from steward.core.recovery.taking import Taken
from steward.core.recovery.verifying import verify
from steward.core.tenancy.public import current_scope

TWICE: Final = Backoff(attempts=2)
VERIFIED_EVERY: Final = timedelta(days=7)


@operation(kind=BACK_UP, label=_("Backup of Steward"), permission="recovery.view", retry=TWICE)
def back_up_task(work: Work) -> dict[str, Any]:
    """Make a backup; begun anew after a worker died, it stores only what is not stored yet."""
    try:
        return carry_out(UUID(work.params["backup"]), _shown(work))
    except RecoveryRefused as refused:
        raise GiveUp(str(refused)) from None


@operation(kind=VERIFY, label=_("Verification of a backup"), permission="recovery.view", retry=TWICE)
def verify_task(work: Work) -> dict[str, Any]:
    """Read a backup back and note what is damaged."""
    with transaction.atomic():
        row = Backup.objects.get(uid=work.params["backup"])
    try:
        repository = opened(Path(row.destination))
        bad = verify(repository, repository.manifest(row.name), taken=_shown(work))
    except RecoveryRefused as refused:
        raise GiveUp(str(refused)) from None
    with transaction.atomic():
        Backup.objects.filter(pk=row.pk).update(verified_at=timezone.now(), damaged=len(bad))
        if bad:
            send("recovery.damaged", to=tell_managers(), params={"name": row.name, "count": len(bad)}, client=None)
    return {"damaged": len(bad)}


@periodic("* * * * *", name="recovery.schedule")
def keep_to_the_plan() -> None:
    """Start what is due: a backup, and once a week the verification of the newest. Tell when there is none in time."""
    actor = current_scope().actor
    if due():
        with suppress(Refused):  # one is under way
            backup_start(actor=actor, reason=Backup.Reason.SCHEDULE)
    health = backup_health()
    if health.late:
        last = health.last_good.at.isoformat() if health.last_good and health.last_good.at else ""
        if once(f"recovery.overdue:{last}:{timezone.now():%Y-%m-%d}"):
            send("recovery.overdue", to=tell_managers(), params={"last_at": last}, client=None)
    newest = good_backups().first()
    unverified = not good_backups().filter(verified_at__gt=timezone.now() - VERIFIED_EVERY).exists()
    if health.enabled and newest is not None and unverified and once(f"recovery.verify:{timezone.now():%Y-%m-%d}"):
        start(VERIFY, actor=actor, params={"backup": str(newest.uid)})


def _shown(work: Work) -> Taken:
    told = [0]

    def say(taken: Taken) -> None:
        changed = taken.total if taken.total != told[0] else None
        told[0] = taken.total
        work.progress(min(taken.done, taken.total), total=changed)

    return Taken(say=say)
