# SPDX-License-Identifier: Apache-2.0
"""The door of agents."""

from datetime import timedelta

from django.utils import timezone

from steward.core.tenancy.public import Actor, Client
from steward.estate.agents.actions import token_mint
from steward.estate.agents.actions.assigning import agent_assign
from steward.estate.agents.assigning import encode_assigned, take_results_with
from steward.estate.agents.events import AgentApproved, AgentEnrolled, AgentRevoked, InventoryChanged
from steward.estate.agents.models import Agent, AgentState
from steward.estate.agents.queries import AgentFigures, agent_figures, agent_of_asset, gateway_pulse, is_silent

HOST_TOKEN_LIVES = timedelta(hours=24)


def enroll_this_host(client: Client, *, actor: Actor) -> str:
    """A token for the agent of the machine that Steward itself runs on: good once, for a day, needing no approval.

    The caller keeps it where only that agent can read it, and shows it to nobody.
    """
    expires_at = timezone.now() + HOST_TOKEN_LIVES
    return token_mint(client, actor=actor, name="This host", expires_at=expires_at, max_uses=1, pre_approved=True).text


__all__ = [
    "Agent",
    "AgentApproved",
    "AgentEnrolled",
    "AgentFigures",
    "AgentRevoked",
    "AgentState",
    "InventoryChanged",
    "agent_assign",
    "agent_figures",
    "agent_of_asset",
    "encode_assigned",
    "enroll_this_host",
    "gateway_pulse",
    "is_silent",
    "take_results_with",
]
