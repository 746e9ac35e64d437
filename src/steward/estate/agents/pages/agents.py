# SPDX-License-Identifier: Apache-2.0
"""The lists of agents and of enrolment tokens."""

from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Actor
from steward.core.ui.public import Kind, Listed, Nav, Request, listed, page
from steward.estate.agents import queries
from steward.estate.agents.tables import AGENTS, TOKENS


def _waiting(actor: Actor) -> int | None:
    return (queries.pending_agents().count() or None) if actor.may("agents.approve") else None


@page(
    "agents/",
    permission="agents.view",
    kind=Kind.LIST,
    title=_("Agents"),
    table=AGENTS,
    nav=Nav("estate", _("Agents"), icon="robot", order=50, keys="g m", count=_waiting),
)
def agents(request: Request) -> Listed:
    """Every agent of the scope."""
    return listed(AGENTS, request)


@page(
    "agents/tokens/",
    permission="agents.enrol",
    kind=Kind.LIST,
    title=_("Enrolment tokens"),
    table=TOKENS,
    parent="agents.agents",
)
def tokens(request: Request) -> Listed:
    """Every enrolment token of the scope."""
    return listed(TOKENS, request)
