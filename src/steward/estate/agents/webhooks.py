# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.webhooks.public import (
    ClientSaid,
    RecordSaid,
    client_said,
    record_said,
    register_webhook_event,
)
from steward.estate.agents.events import AgentApproved, AgentEnrolled, AgentRevoked
from steward.estate.agents.models import Agent


@dataclass(frozen=True, slots=True)
class AgentData:
    """A machine's agent; `state` is pending, approved, refused or revoked, `hostname` what the machine calls itself."""

    client: ClientSaid
    agent: RecordSaid
    hostname: str
    state: str


def _agent(event: AgentEnrolled | AgentApproved | AgentRevoked) -> AgentData:
    agent = Agent.objects.select_related("client").get(pk=event.agent_id)
    return AgentData(client_said(agent.client), record_said(agent), agent.hostname, agent.state)


register_webhook_event("agents.agent_enrolled", AgentEnrolled, payload=_agent)
register_webhook_event("agents.agent_approved", AgentApproved, payload=_agent)
register_webhook_event("agents.agent_revoked", AgentRevoked, payload=_agent)
