# SPDX-License-Identifier: Apache-2.0
"""Every write to agents, by noun."""

from steward.estate.agents.actions.agents import agent_approve, agent_interval, agent_move, agent_refuse, agent_revoke
from steward.estate.agents.actions.enrolment import TokenNotGood, agent_enrol
from steward.estate.agents.actions.inventories import inventory_compare, inventory_keep
from steward.estate.agents.actions.tokens import Minted, token_mint, token_revoke

__all__ = [
    "Minted",
    "TokenNotGood",
    "agent_approve",
    "agent_enrol",
    "agent_interval",
    "agent_move",
    "agent_refuse",
    "agent_revoke",
    "inventory_compare",
    "inventory_keep",
    "token_mint",
    "token_revoke",
]
