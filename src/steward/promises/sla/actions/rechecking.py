# SPDX-License-Identifier: Apache-2.0
"""When hours change, what runs by them may be due at another time."""

from django.db.models.functions import Now

from steward.core.jobs.public import job
from steward.core.tenancy.public import scoped, system_scope
from steward.promises.sla.models import Obligation, SlaTarget

UNSETTLED = (Obligation.State.OPEN, Obligation.State.BREACHED)


@job(name="sla.recheck")
def recheck(calendar: int) -> None:
    """Have the tick look at every clock that runs by a calendar, whoever changed it and whatever they may see."""
    versions = SlaTarget.objects.filter(calendar_id=calendar).values("version_id")
    with scoped(system_scope("sla.recheck")):
        Obligation.objects.filter(state__in=UNSETTLED, version_id__in=versions).update(wake_at=Now())
