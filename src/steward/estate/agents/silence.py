# SPDX-License-Identifier: Apache-2.0
"""How an agent stands, as a severity and in words: one judgement for lists, panels and heads."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from steward.estate.agents.models import Agent, AgentState
from steward.estate.agents.queries import is_silent


@dataclass(frozen=True, slots=True)
class Heard:
    """`sev` is a severity, or empty where `state` (a slug) says more. `at` is when the agent was last heard."""

    sev: str
    state: str
    words: Any
    at: datetime | None


def heard(agent: Agent) -> Heard:
    """How `agent` stands now."""
    if agent.state != AgentState.APPROVED:
        return Heard("", agent.state, AgentState(agent.state).label, agent.last_seen_at)
    if agent.last_seen_at is None:
        return Heard("unknown", "", _("never heard"), None)
    if is_silent(agent):
        return Heard("unknown", "", _("silent"), agent.last_seen_at)
    return Heard("fine", "", _("reporting"), agent.last_seen_at)
