# SPDX-License-Identifier: Apache-2.0
"""Which checks an agent runs, as a room above decides."""

from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _
from steward_agent.protocol.policy import MAX_CHECKS, MAX_POLICY_BYTES, AssignedCheck

from steward.core.access.public import Refused, action
from steward.core.tenancy.public import Actor
from steward.estate.agents.assigning import encode_assigned
from steward.estate.agents.models import Agent

# Room for the rest of the policy.
MOST_BYTES: Final = MAX_POLICY_BYTES - 4096


@action(permission="agents.intake")
def agent_assign(agent: Agent, *, actor: Actor, checks: Sequence[AssignedCheck]) -> bool:
    """Have an agent run these checks and no others; it learns so when it asks for its policy, within five minutes.

    Kept also for one that announced none and is told of none before it does. Returns whether that changed anything.

    Raises:
        Refused: field `checks` for more than an agent takes: 200, or 252 KiB of them.
    """
    assigned = encode_assigned(checks)
    if len(checks) > MAX_CHECKS or len(assigned) > MOST_BYTES:
        raise Refused("checks", _("An agent takes at most %(most)s checks, and no longer ones.") % {"most": MAX_CHECKS})
    return bool(Agent.objects.filter(pk=agent.pk).exclude(assigned=assigned).update(assigned=assigned))
