# SPDX-License-Identifier: Apache-2.0
"""What can be found of agents: host names and machine ids, as a machine names itself."""

from collections.abc import Iterator

from steward.core.records.public import RecordRef
from steward.core.search.public import Document, index_record, register_search
from steward.estate.agents.models import Agent

AGENT = "agents.agent"


def agent_document(agent: Agent) -> Document:
    """An agent by its machine's name."""
    return Document(
        RecordRef(AGENT, agent.uid),
        agent.client_id,
        agent.hostname,
        agent.client.name,
        f"{agent.machine_id} {agent.os}",
    )


def index(agent: Agent) -> None:
    """Bring the index in step with an agent that was just written."""
    index_record(agent_document(agent))


def _agents() -> Iterator[Document]:
    return map(agent_document, Agent.objects.select_related("client").iterator())


register_search(AGENT, _agents)
