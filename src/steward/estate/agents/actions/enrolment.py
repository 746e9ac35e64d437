# SPDX-License-Identifier: Apache-2.0
"""A machine makes itself known, with a token."""

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from steward_agent.protocol.enrolment import EnrolRequest

from steward.core.access.public import action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.tenancy.public import Actor, Client, current_scope, scoped
from steward.estate.agents.actions.agents import agent_approve
from steward.estate.agents.events import AgentEnrolled
from steward.estate.agents.models import Agent, AgentState, EnrolmentToken
from steward.estate.agents.search import index
from steward.estate.agents.secrets import token_hash

ALIVE = timedelta(minutes=10)


class TokenNotGood(Exception):
    """Unknown, expired, used up, revoked: whoever asks is not told which."""


@action(permission="agents.intake")
def agent_enrol(request: EnrolRequest, *, actor: Actor) -> Agent:
    """The agent that `request` makes known, pending or approved at once.

    The same key with the same token gives the same agent again, whatever became of the token since: the first answer may have
    been lost. A machine known already under another key waits for a person while its older agent is alive: it may be a copy.

    Raises:
        TokenNotGood: nothing was kept.
    """
    token = (
        EnrolmentToken.objects.select_for_update()
        .select_related("client")
        .filter(hash=token_hash(request.token))
        .first()
    )
    if token is None:
        raise TokenNotGood
    with scoped(current_scope().narrowed(frozenset({token.client_id}))), transaction.atomic():
        known = Agent.objects.filter(token=token, public_key=request.raw_public_key()).first()
        return known or _enrolled(token, request, actor)


def _enrolled(token: EnrolmentToken, request: EnrolRequest, actor: Actor) -> Agent:
    open_token = token.revoked_at is None and token.used < token.max_uses and timezone.now() < token.expires_at
    if not open_token or token.client.state != Client.State.ACTIVE:
        raise TokenNotGood
    key = request.raw_public_key()
    if Agent.objects.filter(public_key=key).exists():
        raise TokenNotGood  # a key is one machine's, and this one came by another token
    token.used = F("used") + 1
    token.save(update_fields=["used"])
    twin = _twin(request)
    agent = Agent.objects.create(
        client=token.client,
        token=token,
        site=token.site,
        public_key=key,
        hostname=request.hostname,
        machine_id=request.machine_id,
        os=request.os,
        arch=request.arch,
        agent_version=request.agent_version,
        protocol=request.protocol,
        boot_id=request.boot_id,
        capabilities=request.checks or None,
        twin=twin,
    )
    index(agent)
    audit("agents.agent.enrol", agent, enrolled_by=str(token.uid), twin=str(twin.uid) if twin else None)
    emit(AgentEnrolled(client_id=agent.client_id, agent_id=agent.pk))
    if token.pre_approved and not (twin is not None and _alive(twin)):
        return agent_approve(agent, actor=actor, asset=twin.asset if twin is not None else None)
    return agent


def _twin(request: EnrolRequest) -> Agent | None:
    if not request.machine_id:
        return None
    return (
        Agent.objects.filter(
            machine_id=request.machine_id, state__in=(AgentState.APPROVED, AgentState.REVOKED), asset__archived_at=None
        )
        .exclude(asset=None)
        .order_by("-enrolled_at", "-id")
        .first()
    )


def _alive(agent: Agent) -> bool:
    return (
        agent.state == AgentState.APPROVED
        and agent.last_seen_at is not None
        and agent.last_seen_at > timezone.now() - ALIVE
    )
