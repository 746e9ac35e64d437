# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.estate.agents.models import Agent, EnrolmentToken


def agent_url(agent: Agent) -> str:
    """An agent's page."""
    return reverse("agents.agent", args=[agent.uid])


def token_url(token: EnrolmentToken) -> str:
    """A token's page."""
    return reverse("agents.token", args=[token.uid])


register_record(
    "agents.agent", model="agents.Agent", url=agent_url, title=str, permission="agents.view", label=_("Agent")
)
register_record(
    "agents.token",
    model="agents.EnrolmentToken",
    url=token_url,
    title=str,
    permission="agents.enrol",
    label=_("Enrolment token"),
)
