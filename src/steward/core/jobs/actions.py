# SPDX-License-Identifier: Apache-2.0
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.jobs.models import JobFailure
from steward.core.jobs.statements import statements
from steward.core.tenancy.public import Actor

REASON_MAX = 300


@action(permission="jobs.manage")
def dead_letter_rerun(failure: JobFailure, *, actor: Actor) -> None:  # the decorator looks at it
    """Put a dead job back into its queue with all its attempts before it, in the scope it had.

    Raises:
        Refused: field `job` when it is not dead any more.
    """
    found = statements.run("rerun", job_id=failure.pk)
    if not found:
        raise Refused("job", _("This job is not dead any more; reload the page."))
    audit("jobs.dead_letter.rerun", None, job=failure.pk, task=failure.task)


@action(permission="jobs.manage")
def dead_letter_drop(failure: JobFailure, *, actor: Actor, reason: str) -> None:
    """End a dead job for good.

    Raises:
        Refused: field `reason` when none is given, field `job` when it is not dead any more.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("reason", _("Say why this work need not be done."))
    if len(reason) > REASON_MAX:
        raise Refused("reason", _("Keep the reason under 300 characters."))
    if not statements.run("drop", job_id=failure.pk):
        raise Refused("job", _("This job is not dead any more; reload the page."))
    JobFailure.objects.filter(pk=failure.pk).update(
        dropped_at=timezone.now(), dropped_by_id=actor.user_id, reason=reason
    )
    audit("jobs.dead_letter.drop", None, job=failure.pk, task=failure.task, reason=reason)
