# SPDX-License-Identifier: Apache-2.0
"""Every read of agents, their tokens and inventories."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.utils import timezone

from steward.estate.agents.models import Agent, AgentState, EnrolmentToken, Inventory, InventoryChange, SetAside
from steward.estate.assets.public import Asset
from steward_agent.protocol.enrolment import AgentState as WireState

# An agent is silent when nothing came for so many of its intervals; a policy is asked for at least every five minutes.
SILENT_INTERVALS = 5
HEARD_LATELY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """`by_state` has every state; `ingest_lag_seconds` is the median age of the last word of agents heard in the last hour."""

    by_state: dict[str, int]
    ingest_lag_seconds: float


def agents() -> QuerySet[Agent]:
    """All agents of the scope, with what a line shows."""
    return Agent.objects.select_related("client", "asset", "site", "token")


def agent_of_uid(uid: UUID) -> Agent:
    """One agent. Raises Agent.DoesNotExist."""
    return agents().select_related("twin", "twin__asset").get(uid=uid)


def agents_of_asset(asset: Asset) -> QuerySet[Agent]:
    """The agents that speak or spoke for an asset, the current one first."""
    return agents().filter(asset=asset).order_by("-state", "-enrolled_at")


def agent_of_asset(asset: Asset) -> Agent | None:
    """The agent that speaks for an asset now."""
    return agents().filter(asset=asset, state=AgentState.APPROVED).order_by("-enrolled_at").first()


def tokens() -> QuerySet[EnrolmentToken]:
    """All enrolment tokens of the scope."""
    return EnrolmentToken.objects.select_related("client", "site", "created_by")


def inventory_of_asset(asset: Asset) -> Inventory | None:
    """What the asset is made of, by its newest agent that said so."""
    return Inventory.objects.filter(agent__asset=asset).order_by("-received_at").first()


def changes_of_asset(asset: Asset) -> QuerySet[InventoryChange]:
    """What changed on an asset, newest first."""
    return InventoryChange.objects.filter(asset=asset).order_by("-at", "-id")


def set_aside_lately(agent: Agent) -> QuerySet[SetAside]:
    """Samples of the last week that were not stored."""
    return SetAside.objects.filter(agent=agent, day__gte=timezone.now().date() - timedelta(days=7)).order_by("-day", "reason")


def wire_state(agent: Agent) -> WireState:
    """The state as the agent is told."""
    return WireState.REVOKED if agent.state == AgentState.REFUSED else WireState(agent.state)


def is_silent(agent: Agent) -> bool:
    """Whether an approved agent should have been heard by now."""
    if agent.state != AgentState.APPROVED:
        return False
    heard = agent.last_seen_at or agent.decided_at
    patience = timedelta(seconds=max(60, SILENT_INTERVALS * agent.interval_seconds))
    return heard is None or timezone.now() - heard > patience


def agent_figures() -> AgentFigures:
    """How many agents there are by state, and how far behind their words are."""
    found = dict(Agent.objects.values_list("state").annotate(count=Count("id")).order_by())
    since = timezone.now() - HEARD_LATELY
    heard = sorted(Agent.objects.filter(state=AgentState.APPROVED, last_seen_at__gte=since).values_list("last_seen_at", flat=True))
    lag = (timezone.now() - heard[len(heard) // 2]).total_seconds() if heard else 0.0
    return AgentFigures({state: found.get(state, 0) for state in AgentState.values}, max(0.0, lag))
