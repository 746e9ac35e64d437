# SPDX-License-Identifier: Apache-2.0
"""The lists of rules and checks: one definition for page, API, files and saved views."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from steward_agent.checks.registry import checks

from steward.core.ui.public import (
    BoolFilter,
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
from steward.estate.assets.public import asset_url
from steward.watch.alerts.public import Severity
from steward.watch.monitoring import queries
from steward.watch.monitoring.records import check_url, rule_title, rule_url
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.words import SEVERITIES, VERDICTS, check_words, kind_words, severity_words, verdict_of

RULES = Table(
    name="monitoring.rules",
    label=_("rules"),
    rows=queries.rules,
    url=rule_url,
    sort="kind",
    columns=[
        Column(
            "severity",
            _("Severity"),
            value=lambda row: SEVERITIES[row.severity],
            kind=CellKind.SEVERITY,
            text=lambda row: severity_words(row.severity),
            css="prio",
        ),
        Column("name", _("Rule"), value=rule_title, kind=CellKind.LINK),
        Column("kind", _("Kind"), text=lambda row: kind_words(row.kind), sort=["kind", "id"], css="meta"),
        Column("enabled", _("Switched on"), kind=CellKind.BOOL, sort=True),
        Column("overrides", _("Overrides"), kind=CellKind.NUMBER, sort=True, descending_first=True),
    ],
    filters=[
        ChoiceFilter("kind", _("Kind"), choices=lambda: [(each.slug, each.label) for each in rule_kinds().values()]),
        ChoiceFilter("severity", _("Severity"), choices=Severity.choices),
        BoolFilter("enabled", _("Switched on")),
    ],
    empty=Empty(
        title=_("No rules yet"),
        text=_(
            "A rule says when something measured, told or not heard counts as trouble. The usual ones come with the first start."
        ),
        icon="alert-triangle",
        action=_("Add a rule"),
        action_url="/rules/new/threshold/",
        action_permission="monitoring.manage",
    ),
)

CHECKS = Table(
    name="monitoring.checks",
    label=_("checks"),
    rows=queries.checks,
    url=check_url,
    sort="name",
    search=("name", "number", "asset__name"),
    search_words=_("Filter these checks"),
    columns=[
        Column(
            "verdict",
            _("Last look"),
            value=lambda row: verdict_of(row)[0],
            kind=CellKind.SEVERITY,
            text=lambda row: verdict_of(row)[1],
            css="prio",
        ),
        Column("name", _("Check"), kind=CellKind.LINK, sort=True, number=lambda row: row.number),
        client_column(),
        Column(
            "asset",
            _("Asset"),
            value="asset.name",
            kind=CellKind.LINK,
            link=lambda row: asset_url(row.asset),
            css="meta",
        ),
        Column("kind", _("Kind"), kind=CellKind.CODE, sort=True, css="meta"),
        Column("interval_seconds", _("Every"), kind=CellKind.NUMBER, sort=True, wide_only=True),
        Column("last_at", _("Looked"), kind=CellKind.TIME, sort=True, descending_first=True),
        Column("enabled", _("Switched on"), kind=CellKind.BOOL, sort=True, wide_only=True),
    ],
    filters=[
        ChoiceFilter(
            "verdict",
            _("Last look"),
            field="last_verdict",
            choices=[(verdict, words) for verdict, (_sev, words) in VERDICTS.items()],
        ),
        ChoiceFilter("kind", _("Kind"), choices=[(slug, check_words(slug)) for slug in checks()]),
        ClientFilter(),
        TextFilter("asset", _("Asset"), field="asset__name"),
        BoolFilter("enabled", _("Switched on")),
    ],
    views=[View("failing", _("Failing"), "verdict=failing"), View("unknown", _("Could not look"), "verdict=unknown")],
    empty=Empty(
        title=_("No checks yet"),
        text=_(
            "A check has a machine's agent look at something again and again: a page, a port, a service. Add one on an asset's page."
        ),
        icon="refresh",
    ),
)


def new_check_url(number: str, kind: str) -> str:
    """Where a check of an asset is added."""
    return reverse("monitoring.check_new", args=[number, kind])
