# SPDX-License-Identifier: Apache-2.0
"""The list of alerts: one definition for page, API, files and saved views."""

from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Actor
from steward.core.ui.public import (
    BoolFilter,
    Bulk,
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    DateFilter,
    Empty,
    Table,
    TextFilter,
    View,
    client_column,
)
from steward.estate.assets.public import asset_url
from steward.watch.alerts import queries
from steward.watch.alerts.actions import alert_acknowledge
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert, AlertState, Severity, Verdict
from steward.watch.alerts.records import alert_url
from steward.watch.alerts.words import drawn


def acknowledge_many(rows: list[Alert], *, actor: Actor) -> str:
    """Say that one has seen them."""
    count = sum(alert_acknowledge(each, actor=actor) for each in rows)
    return _("%(count)s alerts were acknowledged.") % {"count": count}


ALERTS = Table(
    name="alerts.alerts",
    label=gettext_lazy("alerts"),
    rows=queries.alerts,
    url=alert_url,
    sort="-opened_at",
    search=("number", "asset__name"),
    search_words=gettext_lazy("Filter these alerts"),
    columns=[
        Column(
            "severity",
            gettext_lazy("Severity"),
            value=lambda row: drawn(row.severity),
            kind=CellKind.SEVERITY,
            text=lambda row: Severity(row.severity).label,
            sort=queries.SEVERITY_RANK,
            css="prio",
        ),
        Column(
            "title",
            gettext_lazy("What was noticed"),
            value=lambda row: title_of(row.kind, row.params),
            kind=CellKind.LINK,
            number=lambda row: row.number,
        ),
        client_column(),
        Column(
            "asset",
            gettext_lazy("Asset"),
            value="asset.name",
            kind=CellKind.LINK,
            link=lambda row: asset_url(row.asset) if row.asset is not None else "",
            css="meta",
        ),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda row: AlertState(row.state).label,
            sort=True,
            css="state",
        ),
        Column(
            "count", gettext_lazy("Reported"), kind=CellKind.NUMBER, sort=True, descending_first=True, wide_only=True
        ),
        Column("opened_at", gettext_lazy("Since"), kind=CellKind.TIME, sort=["opened_at", "id"], descending_first=True),
        Column("resolved_at", gettext_lazy("Over"), kind=CellKind.TIME, sort=True, wide_only=True),
        Column("kind", gettext_lazy("Kind"), shown=False),
        Column(
            "cause",
            gettext_lazy("Likely cause"),
            value="cause.number",
            kind=CellKind.LINK,
            link=lambda row: alert_url(row.cause) if row.cause is not None else "",
            shown=False,
        ),
        Column("verdict", gettext_lazy("Verdict"), shown=False),
        Column("in_maintenance", gettext_lazy("In maintenance"), kind=CellKind.BOOL, shown=False),
    ],
    filters=[
        ChoiceFilter("state", gettext_lazy("State"), choices=AlertState.choices),
        ChoiceFilter("severity", gettext_lazy("Severity"), choices=Severity.choices),
        ClientFilter(),
        TextFilter("asset", gettext_lazy("Asset"), field="asset__name"),
        TextFilter("cause", gettext_lazy("Likely cause"), field="cause__number", whole=True),
        BoolFilter("explained", gettext_lazy("Likely explained"), condition=Q(cause__isnull=False)),
        BoolFilter(
            "snoozed", gettext_lazy("Put off"), condition=Q(snoozed_until__isnull=False, snoozed_until__gt=Now())
        ),
        BoolFilter("in_maintenance", gettext_lazy("In maintenance")),
        ChoiceFilter("verdict", gettext_lazy("Verdict"), choices=Verdict.choices),
        DateFilter("opened", gettext_lazy("Began"), field="opened_at"),
    ],
    views=[
        View("to-do", gettext_lazy("To do"), "state=open&snoozed=no"),
        View("going-on", gettext_lazy("Going on"), "state=open&state=acknowledged"),
        View("over", gettext_lazy("Over"), "state=resolved"),
    ],
    bulk=[
        Bulk(
            "acknowledge",
            gettext_lazy("Acknowledge"),
            permission="alerts.work",
            run=acknowledge_many,
            icon="check",
        )
    ],
    empty=Empty(
        title=gettext_lazy("Nothing was noticed yet"),
        text=gettext_lazy(
            "Rules judge what agents measure and what their checks find. Trouble stands here from the first report until it is over; "
            "each opens a ticket or joins one."
        ),
        icon="alert-triangle",
    ),
)
