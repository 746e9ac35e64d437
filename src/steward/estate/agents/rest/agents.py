# SPDX-License-Identifier: Apache-2.0
"""Agents and enrolment tokens for programs: the same actions and lists as the pages."""

from datetime import datetime
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import AwareDatetime, ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.ui.public import acting, list_endpoint
from steward.estate.agents import queries
from steward.estate.agents.actions import agent_approve, agent_refuse, agent_revoke, token_mint, token_revoke
from steward.estate.agents.models import Agent, EnrolmentToken
from steward.estate.agents.tables import AGENTS, TOKENS, token_state
from steward.estate.assets.public import AssetKind

api: Router = router("agents", label=_("Agents"))
tokens: Router = router("enrolment-tokens", label=_("Enrolment tokens"))
list_endpoint(api, "", AGENTS, permission="agents.view")
list_endpoint(tokens, "", TOKENS, permission="agents.enrol")


class AgentOut(Schema):
    """An agent."""

    uid: UUID
    agent_id: int
    client: str
    state: str
    hostname: str
    machine_id: str
    asset: UUID | None
    twin: UUID | None
    last_seen_at: datetime | None
    interval: int


class ApproveIn(Schema):
    """As which asset a machine is approved: its uid, or a new one of `kind`."""

    model_config = ConfigDict(extra="forbid")

    asset: UUID | None = None
    kind: str = Field(AssetKind.OTHER.value, max_length=16)


class AgentReasonIn(Schema):
    """Why something is done."""

    reason: str = Field(max_length=300)


class TokenIn(Schema):
    """A new enrolment token of a client, named by its slug. Whether its machines need approval must be said."""

    model_config = ConfigDict(extra="forbid")

    client: str = Field(max_length=40)
    name: str = Field(max_length=80)
    expires_at: AwareDatetime
    max_uses: int = Field(ge=1, le=10_000)
    pre_approved: bool
    site: UUID | None = None


class TokenOut(Schema):
    """An enrolment token. `token` is there once, in the answer that makes it."""

    uid: UUID
    client: str
    name: str
    hint: str
    state: str
    used: int
    max_uses: int
    pre_approved: bool
    expires_at: datetime
    token: str | None = None


@api.get("/{uuid:uid}", response=AgentOut)
@endpoint(permission="agents.view")
def agent_get(request: HttpRequest, uid: UUID) -> AgentOut:
    """One agent."""
    return _agent(queries.agent_of_uid(uid))


@api.post("/{uuid:uid}/approve", response=AgentOut)
@endpoint(permission="agents.approve")
def agent_approve_post(request: HttpRequest, uid: UUID, body: ApproveIn) -> AgentOut:
    """Take a machine's samples from now on."""
    found = queries.agent_of_uid(uid)
    asset = queries.assets_for(found).filter(uid=body.asset).first() if body.asset else None
    if body.asset and asset is None:
        raise Refused("asset", _("Choose an asset of the same client that no other agent speaks for."))
    if body.kind not in AssetKind.values:
        raise Refused("kind", _("Choose one of those offered."))
    agent_approve(found, actor=acting(), asset=asset, kind=body.kind)
    return _agent(queries.agent_of_uid(uid))


@api.post("/{uuid:uid}/refuse", response=AgentOut)
@endpoint(permission="agents.approve")
def agent_refuse_post(request: HttpRequest, uid: UUID, body: AgentReasonIn) -> AgentOut:
    """Turn a machine away."""
    agent_refuse(queries.agent_of_uid(uid), actor=acting(), reason=body.reason)
    return _agent(queries.agent_of_uid(uid))


@api.post("/{uuid:uid}/revoke", response=AgentOut)
@endpoint(permission="agents.revoke")
def agent_revoke_post(request: HttpRequest, uid: UUID, body: AgentReasonIn) -> AgentOut:
    """Take nothing more from a machine."""
    agent_revoke(queries.agent_of_uid(uid), actor=acting(), reason=body.reason)
    return _agent(queries.agent_of_uid(uid))


@tokens.post("", response={201: TokenOut})
@endpoint(permission="agents.enrol")
def token_post(request: HttpRequest, body: TokenIn) -> Status[TokenOut]:
    """Make an enrolment token; its text stands in this answer alone."""
    client = queries.open_clients().filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("No client is called so, or it is archived."))
    site = queries.sites_for(client).filter(uid=body.site).first() if body.site else None
    if body.site and site is None:
        raise Refused("site", _("Choose a site of the same client."))
    made = token_mint(
        client,
        actor=acting(),
        name=body.name,
        expires_at=body.expires_at,
        max_uses=body.max_uses,
        pre_approved=body.pre_approved,
        site=site,
    )
    return Status(201, _token(made.token, made.text))


@tokens.post("/{uuid:uid}/revoke", response=TokenOut)
@endpoint(permission="agents.enrol")
def token_revoke_post(request: HttpRequest, uid: UUID) -> TokenOut:
    """Let nobody else in with a token."""
    return _token(token_revoke(queries.tokens().get(uid=uid), actor=acting()), None)


def _agent(agent: Agent) -> AgentOut:
    return AgentOut(
        uid=agent.uid, agent_id=agent.pk, client=agent.client.slug, state=agent.state, hostname=agent.hostname, machine_id=agent.machine_id,
        asset=agent.asset.uid if agent.asset else None, twin=agent.twin.uid if agent.twin else None,
        last_seen_at=agent.last_seen_at, interval=agent.interval_seconds,
    )  # fmt: skip


def _token(token: EnrolmentToken, text: str | None) -> TokenOut:
    return TokenOut(
        uid=token.uid, client=token.client.slug, name=token.name, hint=token.hint, state=token_state(token), used=token.used,
        max_uses=token.max_uses, pre_approved=token.pre_approved, expires_at=token.expires_at, token=text,
    )  # fmt: skip
