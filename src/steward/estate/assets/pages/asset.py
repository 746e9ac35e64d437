# SPDX-License-Identifier: Apache-2.0
"""One asset: what is measured on it now, what it is, what hangs on it."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import RefusedMany
from steward.core.telemetry.public import TelemetryError
from steward.core.tenancy.public import Actor
from steward.core.ui.public import Chart, Done, Kind, Request, acting, chart_json, page, topic, undoes, verb, window_of
from steward.estate.assets import queries
from steward.estate.assets.actions import asset_restore
from steward.estate.assets.measured import BY_SLUG, CHARTS, measured
from steward.estate.assets.models import Asset, Relation, RelationKind
from steward.estate.assets.pages.frame import AssetFrame, asset_frame
from steward.estate.clients.public import Criticality

HOUR, DAY = 3600, 86_400
RANGES = (
    (gettext_lazy("1 h"), HOUR),
    (gettext_lazy("6 h"), 6 * HOUR),
    (gettext_lazy("24 h"), DAY),
    (gettext_lazy("7 d"), 7 * DAY),
    (gettext_lazy("30 d"), 30 * DAY),
)
# How a relation reads from its target.
BACKWARDS = {
    RelationKind.RUNS_ON: gettext_lazy("Carries"),
    RelationKind.DEPENDS_ON: gettext_lazy("Serves"),
    RelationKind.BACKS_UP: gettext_lazy("Backed up by"),
    RelationKind.PROTECTS: gettext_lazy("Protected by"),
}


@dataclass(frozen=True, slots=True)
class Related:
    """A relation as seen from one of its ends."""

    label: Any
    other: Asset
    relation: Relation


@dataclass(frozen=True, slots=True)
class AssetPage:
    """An asset's record. `hanging` is what stops when it does."""

    title: str
    number: str
    frame: AssetFrame
    asset: Asset
    charts: list[Chart]
    ranges: list[dict[str, Any]]
    related: list[Related]
    hanging: list[Asset]
    why: list[dict[str, Any]]

    @property
    def within(self) -> tuple[str, str]:
        """Its client, in the crumbs."""
        client = self.asset.client
        return client.name, reverse("clients.client", args=[client.slug])


@page(
    "assets/<str:number>/",
    permission="assets.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Asset"),
    parent="assets.assets",
)
def asset(request: Request, number: str) -> AssetPage:
    """The record of an asset."""
    found = queries.asset(number)
    hanging = list(queries.hanging_on(found))
    chosen = request.GET.get("range", "")
    return AssetPage(
        title=found.name,
        number=found.number,
        frame=asset_frame(request, found),
        asset=found,
        charts=_charts(found),
        ranges=[
            {"label": label, "value": seconds, "on": str(seconds) == (chosen or str(HOUR))} for label, seconds in RANGES
        ],
        related=_related(found),
        hanging=hanging,
        why=_why(found, hanging),
    )


def _charts(asset: Asset) -> list[Chart]:
    told = topic(asset.client, "assets.metrics", asset.uid)
    return [
        Chart(
            each.title,
            each.unit,
            reverse("assets.metrics", args=[asset.number, each.slug]),
            id=f"chart-{each.slug}",
            topic=told,
            min=0,
            max=each.top,
        )
        for each in CHARTS
    ]


def _related(asset: Asset) -> list[Related]:
    related = []
    for each in queries.relations_of(asset):
        outward = each.source_id == asset.pk
        label = RelationKind(each.kind).label if outward else BACKWARDS[RelationKind(each.kind)]
        related.append(Related(label, each.target if outward else each.source, each))
    return related


def _why(asset: Asset, hanging: list[Asset]) -> list[dict[str, Any]]:
    return [
        {"label": _("Set by hand"), "text": Criticality(asset.criticality).label},
        {"label": _("Reason given"), "text": asset.criticality_reason},
        {"label": _("Hanging on it"), "text": ", ".join(each.name for each in hanging[:8]) or _("nothing noted")},
    ]


@page(
    "assets/<str:number>/metrics/<slug:chart>/",
    permission="assets.view",
    kind=Kind.REPORT,
    title=gettext_lazy("Measurements"),
    parent="assets.asset",
)
def metrics(request: Request, number: str, chart: str) -> HttpResponse:
    """The data of one chart, asked by its script: from, to (unix seconds), points."""
    found = queries.asset(number)
    if chart not in BY_SLUG:
        raise Http404
    try:
        window = window_of(request)
        shown = measured(found, BY_SLUG[chart], window)
    except RefusedMany as refused:
        return JsonResponse({"error": {"code": "bad_request", "message": str(refused)}}, status=400)
    except TelemetryError as error:
        return JsonResponse({"error": {"code": "telemetry", "message": str(error)}}, status=503)
    more: dict[str, Any] = {
        "from": window.start.timestamp(),
        "to": window.end.timestamp(),
        "step": shown.step,
        "marks": shown.marks,
    }
    if not shown.known:
        more["empty"] = {
            "title": _("Nothing is measured here"),
            "body": _("No agent of this asset has sent this measurement yet."),
        }
    return chart_json(shown.times, shown.lines, **more)


@verb(asset, "restore", permission="assets.archive")
def restore(request: Request, number: str) -> Done:
    """Look after an archived asset again."""
    found = asset_restore(queries.asset(number), actor=acting())
    return Done(_("%(name)s is looked after again.") % {"name": found.name})


@undoes("assets.asset.archive")
def undo_archive(*, actor: Actor, number: str) -> None:
    """Take back that an asset was archived."""
    asset_restore(queries.asset(number), actor=actor)
