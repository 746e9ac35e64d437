# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class AgentEnrolled(Event):
    """A machine made itself known."""

    client_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class AgentApproved(Event):
    """A machine's samples are taken from now on."""

    client_id: int
    agent_id: int
    asset_id: int


@dataclass(frozen=True, slots=True)
class AgentRevoked(Event):
    """Nothing more is taken from a machine."""

    client_id: int
    agent_id: int


@dataclass(frozen=True, slots=True)
class InventoryChanged(Event):
    """Something changed on a machine; the changes carry the time of the inventory that showed them."""

    client_id: int
    agent_id: int
    asset_id: int
    count: int
