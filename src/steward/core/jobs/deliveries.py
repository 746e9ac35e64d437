# SPDX-License-Identifier: Apache-2.0
"""Events travel as jobs: one for each listener, in the sender's transaction."""

from collections.abc import Sequence
from typing import Any

from steward.core.events.public import Delivery, UnknownEvent, UnknownListener, listener, load_event
from steward.core.jobs.faults import GiveUp
from steward.core.jobs.job import defer_many, job
from steward.core.jobs.runner import DELIVER


@job(name=DELIVER)
def deliver(*, listener_name: str, event: str, fields: dict[str, Any]) -> None:
    """Have one listener react to one event."""
    try:
        react = listener(listener_name)
        happened = load_event(event, fields)
    except (UnknownEvent, UnknownListener) as gone:
        raise GiveUp(f"{type(gone).__name__}: {gone}; this version does not know it") from gone
    react(happened)


def carry(deliveries: Sequence[Delivery]) -> None:
    """Defer a job for every delivery."""
    defer_many(
        deliver, [{"listener_name": each.listener, "event": each.event, "fields": each.fields} for each in deliveries]
    )
