# SPDX-License-Identifier: Apache-2.0
"""What agents add to other rooms' pages."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel
from steward.estate.agents import queries
from steward.estate.agents.history import change_words
from steward.estate.agents.models import Agent, Inventory, InventoryChange
from steward.estate.agents.queries import ClientAgents
from steward.estate.agents.records import agent_url
from steward.estate.agents.silence import Heard, heard
from steward.estate.assets.public import Asset

SHOWN_CHANGES = 8
SHOWN_WAITING = 8


@dataclass(frozen=True, slots=True)
class AgentState:
    """An asset's agent, and how it stands."""

    agent: Agent
    heard: Heard
    url: str


@dataclass(frozen=True, slots=True)
class AgentCell:
    """The agent in a line about an asset; None where none speaks for it."""

    state: AgentState | None


@dataclass(frozen=True, slots=True)
class AgentFacts:
    """An asset's agent and what it says of the machine."""

    agent: Agent
    heard: Heard
    url: str
    inventory: Inventory | None
    addresses: list[str]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab on an asset's pages."""

    url: str
    selected: bool
    count: int | None


@dataclass(frozen=True, slots=True)
class Tabs:
    """The tabs that agents add."""

    inventory: Tab
    history: Tab


@dataclass(frozen=True, slots=True)
class Changed:
    """A change in words."""

    words: str
    change: InventoryChange


@dataclass(frozen=True, slots=True)
class Story:
    """The latest changes on a machine."""

    changes: list[Changed]
    url: str


@dataclass(frozen=True, slots=True)
class Reporting:
    """How a client's machines report."""

    client: Client
    agents: ClientAgents
    url: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Machines that wait for approval."""

    agents: list[Agent]
    count: int
    url: str


@panel("assets.asset.sub", permission="agents.view", order=10, template="agents/agent_state.html")
def agent_state(request: Request, asset: Asset) -> AgentState | None:
    """Whether the asset's agent is heard, in its head."""
    return _state(asset)


@panel("assets.asset.agent", permission="agents.view", order=10)
def agent_cell(request: Request, asset: Asset) -> AgentCell:
    """The same in a line about an asset, also when it has none."""
    return AgentCell(_state(asset))


def _state(asset: Asset) -> AgentState | None:
    agent = queries.agent_of_asset(asset)
    return AgentState(agent, heard(agent), agent_url(agent)) if agent is not None else None


@panel("assets.asset.side", permission="agents.view", order=10)
def agent_facts(request: Request, asset: Asset) -> AgentFacts | None:
    """The agent and what it says of its machine, beside the asset."""
    agent = queries.agent_of_asset(asset) or queries.agents_of_asset(asset).first()
    if agent is None:
        return None
    inventory = queries.inventory_of_asset(asset)
    return AgentFacts(agent, heard(agent), agent_url(agent), inventory, _addresses(inventory))


def _addresses(inventory: Inventory | None) -> list[str]:
    interfaces: list[dict[str, Any]] = ((inventory.addresses or {}) if inventory is not None else {}).get(
        "interfaces", []
    )
    found = [
        address["ip"]
        for each in interfaces
        for address in each.get("addresses", [])
        if not address["ip"].startswith(("127.", "::1", "fe80"))
    ]
    return found[:6]


@panel("assets.asset.tabs", permission="agents.view", order=10)
def tabs(request: Request, asset: Asset) -> Tabs | None:
    """Inventory and history, for assets that had an agent."""
    if not queries.agents_of_asset(asset).exists():
        return None
    inventory = queries.inventory_of_asset(asset)
    packages = len((inventory.packages or {}).get("installed", [])) if inventory is not None else None
    first, second = reverse("agents.inventory", args=[asset.number]), reverse("agents.history", args=[asset.number])
    return Tabs(Tab(first, request.path == first, packages), Tab(second, request.path == second, None))


@panel("assets.asset.story", permission="agents.view", order=20)
def story(request: Request, asset: Asset) -> Story | None:
    """The latest changes on the machine."""
    changes = [Changed(change_words(each), each) for each in queries.changes_of_asset(asset)[:SHOWN_CHANGES]]
    return Story(changes, reverse("agents.history", args=[asset.number])) if changes else None


@panel("clients.client.side", permission="agents.view", order=10)
def reporting(request: Request, client: Client) -> Reporting:
    """How a client's machines report, beside the client."""
    return Reporting(client, queries.client_agents(client), f"{reverse('agents.agents')}?client={client.slug}")


@panel("ui.today.work", permission="agents.approve", order=60)
def waiting(request: Request, record: None) -> Waiting | None:
    """Machines that wait for this person's approval, on the start page."""
    count = queries.pending_agents().count()
    url = f"{reverse('agents.agents')}?state=pending"
    return Waiting(list(queries.pending_agents()[:SHOWN_WAITING]), count, url) if count else None
