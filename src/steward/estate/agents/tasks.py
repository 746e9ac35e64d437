# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

from django.utils import timezone

from steward.core.jobs.public import job, periodic
from steward.core.tenancy.public import current_scope
from steward.estate.agents.actions import inventory_compare
from steward.estate.agents.models import SampleMark

# Longer than any batch may be late: what is older than 90 days is not stored anyway.
MARKS_KEPT = timedelta(days=100)


@job(name="agents.inventory")
def inventory(intake_id: int) -> None:
    """Compare an inventory that came with what was known."""
    inventory_compare(intake_id, actor=current_scope().actor)


@periodic("17 3 * * *", name="agents.forget_marks")
def forget_marks() -> None:
    """Forget which batches of long ended starts of agents are durable."""
    SampleMark.objects.filter(changed_at__lt=timezone.now() - MARKS_KEPT).delete()
