# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class ApprovalAsked(Event):
    """Somebody has to answer."""

    approval: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class ApprovalEnded(Event):
    """A question is answered, or no longer open. `state` is approved, rejected, expired or withdrawn; `record` what it was about."""

    approval: UUID
    kind: str
    state: str
    record: str
