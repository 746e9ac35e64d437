# SPDX-License-Identifier: Apache-2.0
"""What people decide about machines that made themselves known."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.tenancy.public import Actor
from steward.estate.agents.events import AgentApproved, AgentRevoked
from steward.estate.agents.models import Agent, AgentState, SeriesChunk
from steward.estate.assets.public import Asset, AssetKind, asset_create
from steward.estate.clients.public import Site

INTERVALS = (10, 30, 60)


@action(permission="agents.approve")
def agent_approve(agent: Agent, *, actor: Actor, asset: Asset | None, kind: str = AssetKind.OTHER) -> Agent:
    """Take a machine's samples from now on, as those of `asset`; None makes a new asset of `kind`.

    An older agent of the same machine is revoked: it was replaced.

    Raises:
        Refused: the whole when it was decided before; `asset` of another client, or with an agent of its own.
    """
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if agent.state != AgentState.PENDING:
        raise Refused("", _("This machine was decided on already."))
    if asset is not None:
        _refuse_asset(agent, asset)
    agent.asset = asset or asset_create(agent.client, actor=actor, name=agent.hostname, kind=kind, site=agent.site)
    agent.state = AgentState.APPROVED
    agent.decided_at = timezone.now()
    agent.save(update_fields=["asset", "state", "decided_at"])
    audit("agents.agent.approve", agent, asset=agent.asset.number)
    emit(AgentApproved(client_id=agent.client_id, agent_id=agent.pk, asset_id=agent.asset.pk))
    _replace_twins(agent)
    return agent


@action(permission="agents.approve")
def agent_refuse(agent: Agent, *, actor: Actor, reason: str) -> Agent:
    """Turn a machine away.

    Raises:
        Refused: `reason` when empty; the whole when it was decided before.
    """
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if agent.state != AgentState.PENDING:
        raise Refused("", _("This machine was decided on already."))
    _end(agent, AgentState.REFUSED, reason)
    audit("agents.agent.refuse", agent, reason=agent.reason)
    return agent


@action(permission="agents.revoke")
def agent_revoke(agent: Agent, *, actor: Actor, reason: str) -> Agent:
    """Take nothing more from a machine, within five seconds at every gateway. Can't be undone: the machine enrols anew.

    Raises:
        Refused: `reason` when empty; the whole when it is not approved.
    """
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if agent.state != AgentState.APPROVED:
        raise Refused("", _("Only an approved agent can be revoked."))
    _end(agent, AgentState.REVOKED, reason)
    audit("agents.agent.revoke", agent, reason=agent.reason)
    emit(AgentRevoked(client_id=agent.client_id, agent_id=agent.pk))
    return agent


@action(permission="agents.approve")
def agent_move(agent: Agent, *, actor: Actor, asset: Asset, site: Site | None = None) -> Agent:
    """Have an agent speak for another asset of its client; what it measured goes along.

    To another client a machine goes by enrolling there: what was measured stays with the client it was measured for.

    Raises:
        Refused: `asset` or `site` of another client, an asset with an agent of its own; the whole when not approved.
    """
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    if agent.state != AgentState.APPROVED:
        raise Refused("", _("Only an approved agent can be moved."))
    _refuse_asset(agent, asset)
    if site is not None and site.client_id != agent.client_id:
        raise Refused("site", _("Choose a site of the same client."))
    before = agent.asset
    agent.asset, agent.site = asset, site
    agent.save(update_fields=["asset", "site"])
    _tell_store_anew(agent, asset=asset)
    audit("agents.agent.move", agent, before=before.number if before else None, after=asset.number)
    return agent


@action(permission="agents.approve")
def agent_interval(agent: Agent, *, actor: Actor, seconds: int) -> Agent:
    """How often a machine samples: every 10, 30 or 60 seconds. It learns so within some minutes.

    Raises:
        Refused: `seconds` for another interval.
    """
    if seconds not in INTERVALS:
        raise Refused("seconds", _("Choose 10, 30 or 60 seconds."))
    before, agent.interval_seconds = agent.interval_seconds, seconds
    agent.save(update_fields=["interval_seconds"])
    _tell_store_anew(agent)
    audit("agents.agent.interval", agent, before=before, after=seconds)
    return agent


def _tell_store_anew(agent: Agent, **changes: object) -> None:
    # Not yet published again: the gateways tell the store within seconds.
    SeriesChunk.objects.filter(agent=agent).update(published=0, **changes)


def _refuse_asset(agent: Agent, asset: Asset) -> None:
    if asset.client_id != agent.client_id:
        raise Refused("asset", _("Choose an asset of the same client."))
    others = Agent.objects.filter(asset=asset, state=AgentState.APPROVED).exclude(pk=agent.pk)
    if agent.machine_id:
        others = others.exclude(machine_id=agent.machine_id)
    if others.exists():
        raise Refused("asset", _("Another machine's agent speaks for this asset. Revoke that one first."))


def _replace_twins(agent: Agent) -> None:
    if not agent.machine_id:
        return
    older = Agent.objects.filter(
        client_id=agent.client_id, machine_id=agent.machine_id, state=AgentState.APPROVED
    ).exclude(pk=agent.pk)
    for each in older:
        _end(each, AgentState.REVOKED, "replaced")
        audit("agents.agent.replace", each, by=str(agent.uid))
        emit(AgentRevoked(client_id=each.client_id, agent_id=each.pk))


def _end(agent: Agent, state: AgentState, reason: str) -> None:
    reason = " ".join(reason.split())[:300]
    if not reason:
        raise Refused("reason", _("Say why, so that the next person needn't ask."))
    agent.state = state
    agent.reason = reason
    agent.decided_at = timezone.now()
    agent.save(update_fields=["state", "reason", "decided_at"])
