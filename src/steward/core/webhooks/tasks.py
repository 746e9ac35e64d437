# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from typing import Final

from django.utils import timezone

from steward.core.jobs.public import periodic
from steward.core.webhooks.models import Attempt, Delivery

KEEP: Final = timedelta(days=30)


@periodic("41 2 * * *", name="webhooks.forget")
def forget() -> None:
    """Delete messages that were settled 30 days ago, with their tries: what they told stands in the records."""
    old = Delivery.objects.filter(ended_at__lt=timezone.now() - KEEP)
    Attempt.objects.filter(delivery__in=old).delete()
    old.delete()
