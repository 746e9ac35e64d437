# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class PageOpened(Event):
    """Somebody is called about a record ("kind:uid")."""

    page: UUID
    subject: str


@dataclass(frozen=True, slots=True)
class PageAcknowledged(Event):
    """Somebody answered a page, and looks after it."""

    page: UUID
    subject: str
    person_id: int | None


@dataclass(frozen=True, slots=True)
class PageEnded(Event):
    """What a page was about is over."""

    page: UUID
    subject: str


@dataclass(frozen=True, slots=True)
class NobodyReached(Event):
    """Every step of a page's escalation was gone through in vain."""

    page: UUID
    subject: str


@dataclass(frozen=True, slots=True)
class OverrideAdded(Event):
    """Somebody else is on duty for a stretch of a roster."""

    override: UUID
    roster: UUID


@dataclass(frozen=True, slots=True)
class OverrideRemoved(Event):
    """A stretch of a roster goes by the rotation again."""

    override: UUID
    roster: UUID
