# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class AgreementActivated(Event):
    """A contract came into force, or will on its first day."""

    client_id: int
    agreement_id: int


@dataclass(frozen=True, slots=True)
class AgreementAmended(Event):
    """A contract says something else from a time on."""

    client_id: int
    agreement_id: int


@dataclass(frozen=True, slots=True)
class AgreementEnded(Event):
    """A contract has a last day."""

    client_id: int
    agreement_id: int
