# SPDX-License-Identifier: Apache-2.0
"""Every read of agents, their tokens and inventories."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from steward_agent.protocol.enrolment import AgentState as WireState

from steward.core.tenancy.public import Client
from steward.estate.agents.models import (
    Agent,
    AgentState,
    EnrolmentToken,
    GatewayPulse,
    Inventory,
    InventoryChange,
    SetAside,
)
from steward.estate.assets.public import Asset, assets_of
from steward.estate.clients.public import Site

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
    return SetAside.objects.filter(agent=agent, day__gte=timezone.now().date() - timedelta(days=7)).order_by(
        "-day", "reason"
    )


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


def gateway_pulse() -> GatewayPulse | None:
    """When a gateway was alive last, and since when; None when none ever was."""
    return GatewayPulse.objects.first()


def agent_figures() -> AgentFigures:
    """How many agents there are by state, and how far behind their words are."""
    found = dict(Agent.objects.values_list("state").annotate(count=Count("id")).order_by())
    now = timezone.now()
    heard = Agent.objects.filter(state=AgentState.APPROVED, last_seen_at__gte=now - HEARD_LATELY)
    ages = sorted((now - at).total_seconds() for at in heard.values_list("last_seen_at", flat=True) if at is not None)
    lag = ages[len(ages) // 2] if ages else 0.0
    return AgentFigures({state: found.get(state, 0) for state in AgentState.values}, max(0.0, lag))


def open_clients() -> QuerySet[Client]:
    """Clients that machines may be enrolled to."""
    return Client.objects.filter(state=Client.State.ACTIVE)


def sites_for(client: Client) -> QuerySet[Site]:
    """Where a client's machine may stand."""
    return Site.objects.filter(client=client, archived_at=None)


def assets_for(agent: Agent) -> QuerySet[Asset]:
    """For which assets an agent may speak: those of its client that no other agent speaks for."""
    taken = Agent.objects.filter(client=agent.client, state=AgentState.APPROVED).exclude(pk=agent.pk)
    if agent.machine_id:
        taken = taken.exclude(machine_id=agent.machine_id)
    return assets_of(agent.client).exclude(pk__in=taken.values("asset_id")).order_by("name", "id")


@dataclass(frozen=True, slots=True)
class ClientAgents:
    """A client's agents: heard lately, silent, waiting for approval."""

    heard: int
    silent: int
    pending: int


def client_agents(client: Client) -> ClientAgents:
    """How a client's machines report."""
    since = timezone.now() - timedelta(seconds=SILENT_INTERVALS * 60)
    found = Agent.objects.filter(client=client).aggregate(
        heard=Count("pk", filter=Q(state=AgentState.APPROVED, last_seen_at__gte=since)),
        approved=Count("pk", filter=Q(state=AgentState.APPROVED)),
        pending=Count("pk", filter=Q(state=AgentState.PENDING)),
    )
    return ClientAgents(found["heard"], found["approved"] - found["heard"], found["pending"])


def pending_agents() -> QuerySet[Agent]:
    """Machines that wait for somebody, the longest first."""
    return agents().filter(state=AgentState.PENDING).order_by("enrolled_at", "id")
