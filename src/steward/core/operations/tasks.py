# SPDX-License-Identifier: Apache-2.0
"""What the ground does by the clock, where the rooms below have no way to say so themselves."""

from datetime import timedelta

from django.utils import timezone

from steward.core.audit.public import export_anchor
from steward.core.identity.public import clear_ended_sessions
from steward.core.jobs.public import periodic
from steward.core.operations.models import Operation

KEEP_OPERATIONS = timedelta(days=90)


# Not atomic: it waits for a target outside, and keeps its own record of what arrived.
@periodic("5 0 * * *", name="audit.anchor", atomic=False)
def anchor() -> None:
    """Send the head of the audit's chain off the machine."""
    export_anchor()


@periodic("37 * * * *", name="identity.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that are over."""
    clear_ended_sessions()


@periodic("47 2 * * *", name="operations.forget")
def forget() -> None:
    """Delete long work that ended long ago; the audit keeps that it was."""
    Operation.objects.filter(finished_at__lt=timezone.now() - KEEP_OPERATIONS).delete()
