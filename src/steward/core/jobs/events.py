# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, field
from typing import Any

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class JobDied(Event):
    """A job failed for the last time and now lies with the dead letters. `ids` are the references it was given."""

    job_id: int
    task: str
    error: str
    ids: dict[str, Any] = field(default_factory=dict)
