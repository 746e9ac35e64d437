# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class ThresholdReached(Event):
    """A part of what may pass before a promise breaks has passed."""

    client_id: int
    obligation: UUID
    percent: int


@dataclass(frozen=True, slots=True)
class PromiseBroken(Event):
    """More time has passed than was promised."""

    client_id: int
    obligation: UUID


@dataclass(frozen=True, slots=True)
class CalendarChanged(Event):
    """A calendar has a new version; clocks that run by it may be due at another time."""

    calendar_id: int
