# SPDX-License-Identifier: Apache-2.0
"""What is done when a part of a target is used up: a job per threshold, so that one that fails holds up no other."""

from uuid import UUID

import structlog
from django.db.models.functions import Now

from steward.core.jobs.public import job
from steward.core.tenancy.public import current_scope, scoped, system_scope
from steward.promises.sla.models import ThresholdPassed
from steward.promises.sla.registry import UnknownThresholdAction, threshold_action

log = structlog.get_logger("steward.sla")


@job(name="sla.act")
def act(passed: str) -> None:
    """Do what a threshold asks for, once."""
    with scoped(system_scope("sla.act", current_scope().clients)):
        found = (
            ThresholdPassed.objects.select_for_update(of=("self",)).select_related("obligation").get(uid=UUID(passed))
        )
        if found.done_at is not None:
            return
        try:
            action = threshold_action(found.action)
        except UnknownThresholdAction:
            # The room that knew it is gone; the threshold stays noted as not done.
            log.warning("threshold_without_action", action=found.action, passed=passed)
            return
        action.run(found, action.config.model_validate(found.config))
        ThresholdPassed.objects.filter(pk=found.pk).update(done_at=Now())
