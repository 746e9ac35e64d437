# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class AlertOpened(Event):
    """Something was noticed that nobody knew of."""

    client_id: int
    alert_uid: UUID


@dataclass(frozen=True, slots=True)
class AlertAcknowledged(Event):
    """Somebody has seen an alert."""

    client_id: int
    alert_uid: UUID


@dataclass(frozen=True, slots=True)
class AlertResolved(Event):
    """What was noticed is over, or a person said so."""

    client_id: int
    alert_uid: UUID


@dataclass(frozen=True, slots=True)
class AlertJudged(Event):
    """A person said whether an alert was right."""

    client_id: int
    alert_uid: UUID
