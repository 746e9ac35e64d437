# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Now

from steward.core.jobs.public import defer_many, job, periodic
from steward.promises.sla.actions.obligations import clock_keep, due_to_wake
from steward.promises.sla.models import Obligation

BATCH: Final = 500
AGAIN: Final = timedelta(minutes=1)  # a look that died is repeated after this, not at every tick


@job(name="sla.look")
def look(kind: str, uid: str) -> None:
    """Look at the clocks of one subject: note thresholds passed and promises broken."""
    clock_keep(kind, UUID(uid))


@periodic("* * * * * */5", name="sla.tick")
def tick() -> None:
    """Look at every clock that reached something."""
    due = due_to_wake(BATCH)
    for kind, uid in due:
        Obligation.objects.filter(Q(subject_kind=kind, subject_uid=uid, wake_at__lte=Now())).update(
            wake_at=Now() + AGAIN
        )
    defer_many(look, [{"kind": kind, "uid": str(uid)} for kind, uid in due])
