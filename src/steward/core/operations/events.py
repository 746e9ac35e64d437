# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class OperationEnded(Event):
    """Long work is done, failed or was cancelled; `state` says which."""

    operation: UUID
    kind: str
    state: str
