# SPDX-License-Identifier: Apache-2.0
"""Checks on their way to the agents: an agent's row holds what it is to run."""

from collections.abc import Sequence

from steward_agent.protocol.policy import AssignedCheck

from steward.core.tenancy.public import current_scope, scoped, system_scope
from steward.estate.agents.public import Agent, AgentState, agent_assign
from steward.watch.monitoring.models import Check


def assign(asset_ids: Sequence[int] | None = None) -> int:
    """Have the agents of these assets, or of all, run the checks there are for them. Returns how many got others than before."""
    looks = Check.objects.filter(enabled=True, archived_at=None).order_by("pk")
    agents = Agent.objects.filter(state=AgentState.APPROVED).exclude(asset=None)
    if asset_ids is not None:
        looks, agents = looks.filter(asset__in=asset_ids), agents.filter(asset__in=asset_ids)
    by_asset: dict[int, list[AssignedCheck]] = {}
    for each in looks:
        by_asset.setdefault(each.asset_id, []).append(_assigned(each))
    changed = 0
    # What people may say about checks they said already; the machine carries it out.
    scope = current_scope()
    with scoped(system_scope("monitoring.assign", scope.clients)):
        actor = current_scope().actor
        for agent in agents.only("pk", "client_id", "asset_id"):
            changed += agent_assign(agent, actor=actor, checks=by_asset.get(agent.asset_id or 0, []))
    return changed


def _assigned(check: Check) -> AssignedCheck:
    return AssignedCheck(str(check.uid), check.kind, check.interval_seconds, check.timeout_seconds, dict(check.config))
