# SPDX-License-Identifier: Apache-2.0
"""The lists of agents and of enrolment tokens."""

from datetime import UTC, datetime, timedelta

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Lower, Now
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Actor
from steward.core.ui.public import (
    BoolFilter,
    Bulk,
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    Empty,
    Table,
    TextFilter,
    View,
    client_column,
)
from steward.estate.agents import queries
from steward.estate.agents.actions import agent_approve
from steward.estate.agents.models import Agent, AgentState, EnrolmentToken
from steward.estate.agents.records import agent_url
from steward.estate.assets.public import asset_url

SILENT = Q(state=AgentState.APPROVED) & (
    Q(last_seen_at__isnull=True) | Q(last_seen_at__lt=Now() - timedelta(minutes=5))
)


def approve_many(rows: list[Agent], *, actor: Actor) -> object:
    """Approve what was selected, each as an asset of its own."""
    for each in rows:
        agent_approve(each, actor=actor, asset=each.twin.asset if each.twin is not None else None)
    return _("%(count)s machines were approved.") % {"count": len(rows)}


def token_state(token: EnrolmentToken) -> str:
    """Whether a token still lets somebody in, as a slug."""
    if token.revoked_at is not None:
        return "revoked"
    if token.expires_at <= timezone.now():
        return "expired"
    return "done" if token.used >= token.max_uses else "active"


TOKEN_WORDS = {"revoked": _("Revoked"), "expired": _("Expired"), "done": _("Used up"), "active": _("Good")}

AGENTS = Table(
    name="agents.agents",
    label=_("agents"),
    rows=lambda: queries.agents().select_related("twin__asset"),
    url=agent_url,
    sort="-seen",
    search=("hostname", "machine_id", "os", "asset__name", "asset__number"),
    search_words=_("Filter these agents"),
    columns=[
        Column("state", _("State"), template="agents/state_cell.html", css="state", sort=["state", Lower("hostname")]),
        Column("hostname", _("Machine"), kind=CellKind.LINK, sort=Lower("hostname"), sub=lambda row: row.os),
        client_column(
            sort=[Lower("client__name"), Lower("hostname")],
            link=lambda row: reverse("clients.client", args=[row.client.slug]),
        ),
        Column(
            "asset",
            _("Asset"),
            value="asset.number",
            kind=CellKind.LINK,
            css="meta",
            link=lambda row: asset_url(row.asset) if row.asset else "",
        ),
        Column(
            "seen",
            _("Last heard"),
            value="last_seen_at",
            kind=CellKind.TIME,
            sort=Coalesce("last_seen_at", Value(datetime(1970, 1, 1, tzinfo=UTC))),
            descending_first=True,
            css="meta",
        ),
        Column("enrolled_at", _("Enrolled"), kind=CellKind.TIME, sort=True, descending_first=True, wide_only=True),
        Column("version", _("Agent version"), value="agent_version", sort="agent_version", wide_only=True),
        Column("interval", _("Every (s)"), value="interval_seconds", kind=CellKind.NUMBER, wide_only=True),
    ],
    filters=[
        ClientFilter(),
        ChoiceFilter("state", _("State"), choices=AgentState.choices),
        BoolFilter("silent", _("Silent"), condition=SILENT),
        TextFilter("version", _("Agent version"), field="agent_version"),
    ],
    views=[View("pending", _("Wait for approval"), "state=pending"), View("silent", _("Silent"), "silent=yes")],
    bulk=[Bulk("approve", _("Approve"), permission="agents.approve", run=approve_many, icon="check")],
    empty=Empty(
        title=_("No agents yet"),
        text=_(
            "Here stand the machines that report for themselves. Make an enrolment token, run the agent on a machine, and it appears here."
        ),
        icon="robot",
        action=_("Enrol a machine"),
        action_url=reverse_lazy("agents.token_new"),  # type: ignore[arg-type]  # a lazy string, made when a page is shown
        action_permission="agents.enrol",
    ),
)

TOKENS = Table(
    name="agents.tokens",
    label=_("enrolment tokens"),
    rows=queries.tokens,
    sort="-created_at",
    search=("name", "hint"),
    search_words=_("Filter these tokens"),
    columns=[
        Column(
            "state",
            _("State"),
            value=token_state,
            kind=CellKind.STATE,
            css="state",
            text=lambda row: TOKEN_WORDS[token_state(row)],
        ),
        Column(
            "name",
            _("Name"),
            kind=CellKind.LINK,
            sort=Lower("name"),
            link=lambda row: reverse("agents.token", args=[row.uid]),
            sub=lambda row: f"{row.hint}…",
        ),
        client_column(sort=Lower("client__name"), link=lambda row: reverse("clients.client", args=[row.client.slug])),
        Column("site", _("Site"), value="site.name", wide_only=True),
        Column("used", _("Used"), kind=CellKind.NUMBER, sort=True, descending_first=True),
        Column("max_uses", _("Of"), kind=CellKind.NUMBER),
        Column("pre_approved", _("Pre-approved"), kind=CellKind.BOOL),
        Column("expires_at", _("Expires"), kind=CellKind.TIME, sort=True),
        Column("created_at", _("Made"), kind=CellKind.TIME, sort=True, descending_first=True, wide_only=True),
        Column("created_by", _("By"), kind=CellKind.PERSON, wide_only=True),
    ],
    filters=[
        ClientFilter(),
        BoolFilter("good", _("Good"), condition=Q(revoked_at=None, expires_at__gt=Now(), used__lt=F("max_uses"))),
    ],
    views=[View("good", _("Good"), "good=yes")],
    empty=Empty(
        title=_("No enrolment tokens yet"),
        text=_(
            "A token lets machines make themselves known to one client, for a while and so many times. Then they wait for approval."
        ),
        icon="key",
        action=_("Make a token"),
        action_url=reverse_lazy("agents.token_new"),  # type: ignore[arg-type]  # a lazy string, made when a page is shown
        action_permission="agents.enrol",
    ),
)
