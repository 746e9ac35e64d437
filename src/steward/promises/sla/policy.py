# SPDX-License-Identifier: Apache-2.0
"""What is promised, as values: how long may pass for a kind and a priority, what pauses it, what a change does to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from steward.promises.sla.calendars import Calendar


class Kind(StrEnum):
    """What is promised of a ticket."""

    RESPONSE = "response"
    RESOLUTION = "resolution"


@dataclass(frozen=True, slots=True)
class Target:
    """How long may pass, in seconds of `calendar`."""

    seconds: int
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Policy:
    """Targets by priority and kind, the statuses that pause each kind, and what a change and a reopening do."""

    targets: Mapping[str, Mapping[Kind, Target]]
    pauses: Mapping[Kind, frozenset[str]]
    retroactive: bool
    resume: bool

    def target(self, kind: Kind, priority: str) -> Target | None:
        """None where the policy promises nothing of the kind."""
        return self.targets.get(priority, {}).get(kind)
