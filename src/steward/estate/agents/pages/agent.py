# SPDX-License-Identifier: Apache-2.0
"""One agent: who it says it is, what was decided about it, whether it is heard."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, with_reason
from steward.estate.agents import queries
from steward.estate.agents.actions import agent_approve, agent_interval, agent_move, agent_refuse, agent_revoke
from steward.estate.agents.forms import ApproveForm, MoveForm
from steward.estate.agents.models import Agent, AgentState, SetAside
from steward.estate.agents.records import agent_url
from steward.estate.agents.silence import Heard, heard
from steward.estate.assets.public import asset_url

REASONS = {
    "future": gettext_lazy("time in the future"),
    "too_old": gettext_lazy("older than 90 days"),
    "not_finite": gettext_lazy("not a number"),
}


@dataclass(frozen=True, slots=True)
class Aside:
    """Samples that were not stored, in words."""

    row: SetAside
    reason: Any


@dataclass(frozen=True, slots=True)
class AgentPage:
    """An agent's record."""

    title: str
    agent: Agent
    heard: Heard
    fingerprint: str
    aside: list[Aside]


@page(
    "agents/<uuid:uid>/",
    permission="agents.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Agent"),
    parent="agents.agents",
)
def agent(request: Request, uid: UUID) -> AgentPage:
    """The record of an agent."""
    found = queries.agent_of_uid(uid)
    return AgentPage(
        title=found.hostname,
        agent=found,
        heard=heard(found),
        fingerprint=bytes(found.public_key).hex(" ", 4),
        aside=[Aside(each, REASONS.get(each.reason, each.reason)) for each in queries.set_aside_lately(found)],
    )


@page(
    "agents/<uuid:uid>/approve/",
    permission="agents.approve",
    kind=Kind.FORM,
    title=gettext_lazy("Approve machine"),
    parent="agents.agent",
    template="agents/approve.html",
)
def approve(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Take a machine's samples from now on."""
    found = queries.agent_of_uid(uid)

    def act(values: dict[str, Any]) -> Done:
        done = agent_approve(found, actor=acting(), asset=values["asset"], kind=values["kind"])
        return Done(
            _("%(name)s was approved.") % {"name": found.hostname},
            goto=asset_url(done.asset) if done.asset else agent_url(found),
        )

    initial = {"asset": found.twin.asset if found.twin is not None else None}
    form = ApproveForm(posted(request), agent=found, initial=initial)
    title = _("Approve %(name)s") % {"name": found.hostname}
    extra = {"agent": found, "fingerprint": bytes(found.public_key).hex(" ", 4)}
    return submitted(
        request, form, act, title=title, submit=_("Approve machine"), cancel_url=agent_url(found), extra=extra
    )


@page(
    "agents/<uuid:uid>/refuse/",
    permission="agents.approve",
    kind=Kind.FORM,
    title=gettext_lazy("Refuse machine"),
    parent="agents.agent",
    template="ui/form.html",
)
def refuse(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Turn a machine away."""
    found = queries.agent_of_uid(uid)

    def act(reason: str) -> Done:
        agent_refuse(found, actor=acting(), reason=reason)
        return Done(_("%(name)s was refused.") % {"name": found.hostname}, goto=reverse("agents.agents"))

    title = _("Refuse %(name)s") % {"name": found.hostname}
    return with_reason(request, act, title=title, submit=_("Refuse machine"), cancel_url=agent_url(found))


@page(
    "agents/<uuid:uid>/revoke/",
    permission="agents.revoke",
    kind=Kind.FORM,
    title=gettext_lazy("Revoke agent"),
    parent="agents.agent",
    template="ui/form.html",
)
def revoke(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Take nothing more from a machine; its name is typed out, since it can't be undone."""
    found = queries.agent_of_uid(uid)

    def act(reason: str) -> Done:
        agent_revoke(found, actor=acting(), reason=reason)
        return Done(_("The agent of %(name)s was revoked.") % {"name": found.hostname}, goto=agent_url(found))

    title = _("Revoke the agent of %(name)s") % {"name": found.hostname}
    address, submit = agent_url(found), _("Revoke agent")
    return with_reason(request, act, title=title, submit=submit, cancel_url=address, typed=found.hostname)


@page(
    "agents/<uuid:uid>/edit/",
    permission="agents.approve",
    kind=Kind.FORM,
    title=gettext_lazy("Edit agent"),
    parent="agents.agent",
    template="ui/form.html",
)
def agent_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """For which asset an agent speaks, and how often it samples."""
    found = queries.agent_of_uid(uid)

    def act(values: dict[str, Any]) -> Done:
        if found.state == AgentState.APPROVED and (values["asset"] != found.asset or values["site"] != found.site):
            agent_move(found, actor=acting(), asset=values["asset"], site=values["site"])
        if values["seconds"] != found.interval_seconds:
            agent_interval(found, actor=acting(), seconds=values["seconds"])
        return Done(_("The agent of %(name)s was changed.") % {"name": found.hostname}, goto=agent_url(found))

    initial = {"asset": found.asset, "site": found.site, "seconds": found.interval_seconds}
    form = MoveForm(posted(request), agent=found, initial=initial)
    return submitted(request, form, act, title=found.hostname, submit=_("Save"), cancel_url=agent_url(found))
