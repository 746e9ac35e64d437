# SPDX-License-Identifier: Apache-2.0
"""The checks: what agents look at, and what they saw."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from steward_agent.checks.registry import checks as check_kinds

from steward.core.access.public import RefusedMany
from steward.core.ui.public import (
    Chart,
    Done,
    FormContext,
    Kind,
    Listed,
    Nav,
    Request,
    acting,
    chart_json,
    listed,
    page,
    posted,
    submitted,
    topic,
    verb,
    window_of,
)
from steward.estate.assets.public import asset as find_asset
from steward.estate.assets.public import asset_url
from steward.watch.monitoring import queries
from steward.watch.monitoring.actions import check_archive, check_create, check_edit
from steward.watch.monitoring.forms import CheckForm
from steward.watch.monitoring.models import Check, CheckResult
from steward.watch.monitoring.records import check_url
from steward.watch.monitoring.schema_fields import config_of, initial_of
from steward.watch.monitoring.tables import CHECKS
from steward.watch.monitoring.words import VERDICTS, Words, config_facts, reason_words, verdict_of

SHOWN: Final = 50
HOUR: Final = 3600
# As long as results are kept.
RANGES: Final = (
    (gettext_lazy("1 h"), HOUR),
    (gettext_lazy("6 h"), 6 * HOUR),
    (gettext_lazy("24 h"), 24 * HOUR),
)


@dataclass(frozen=True, slots=True)
class Looked:
    """A result as a line."""

    result: CheckResult
    sev: str
    words: Words
    reason: str


@dataclass(frozen=True, slots=True)
class CheckPage:
    """A check's record."""

    title: str
    number: str
    check: Check
    sev: str
    words: Words
    facts: list[tuple[str, str]]
    looked: list[Looked]
    chart: Chart
    ranges: list[dict[str, Any]]
    within: tuple[str, str]


@page(
    "checks/",
    permission="monitoring.view",
    kind=Kind.LIST,
    title=gettext_lazy("Checks"),
    table=CHECKS,
    template="ui/list.html",
    nav=Nav("watch", gettext_lazy("Checks"), icon="refresh", order=20, keys="g h"),
)
def checks(request: Request) -> Listed:
    """What agents look at."""
    return listed(CHECKS, request)


@page(
    "checks/<str:number>/",
    permission="monitoring.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Check"),
    parent="monitoring.checks",
)
def check(request: Request, number: str) -> CheckPage:
    """The record of a check."""
    found = queries.check(number)
    sev, words = verdict_of(found)
    chosen = request.GET.get("range") or str(HOUR)
    return CheckPage(
        title=found.name,
        number=found.number,
        check=found,
        sev=sev,
        words=words,
        facts=config_facts(found.config),
        looked=[_looked(found, each) for each in queries.results_of(found)[:SHOWN]],
        chart=Chart(
            _("How long a look takes"),
            "s",
            reverse("monitoring.looks", args=[found.number]),
            id="chart-looks",
            topic=topic(found.client, "monitoring.check", found.uid),
            min=0,
        ),
        ranges=[{"label": label, "value": seconds, "on": str(seconds) == chosen} for label, seconds in RANGES],
        within=(found.asset.name, asset_url(found.asset)),
    )


def _looked(found: Check, result: CheckResult) -> Looked:
    sev, words = VERDICTS[result.verdict]
    return Looked(result, sev, words, reason_words(found.kind, result.reason, result.parameters))


@page(
    "checks/<str:number>/looks/",
    permission="monitoring.view",
    kind=Kind.REPORT,
    title=gettext_lazy("Looks"),
    parent="monitoring.check",
)
def looks(request: Request, number: str) -> HttpResponse:
    """The data of the chart, from the results that are kept: seconds of each look; None where one failed or could not be made."""
    found = queries.check(number)
    try:
        window = window_of(request)
    except RefusedMany as refused:
        return JsonResponse({"error": {"code": "bad_request", "message": str(refused)}}, status=400)
    rows = queries.results_of(found).filter(at__gte=window.start, at__lte=window.end)[: window.points]
    kept = list(reversed(rows))
    return chart_json(
        [each.at.timestamp() for each in kept],
        [{"label": _("seconds"), "v": [each.seconds if each.verdict == "ok" else None for each in kept]}],
        **{"from": window.start.timestamp(), "to": window.end.timestamp(), "step": found.interval_seconds},
    )


@verb(check, "archive", permission="monitoring.override")
def _archive(request: Request, number: str) -> Done:
    found = check_archive(queries.check(number), actor=acting())
    return Done(_("%(name)s is looked at no more.") % {"name": found.name}, goto=reverse("monitoring.checks"))


@page(
    "assets/<str:number>/checks/new/<slug:kind>/",
    permission="monitoring.override",
    kind=Kind.FORM,
    title=gettext_lazy("New check"),
    parent="assets.asset",
    template="ui/form.html",
)
def check_new(request: Request, number: str, kind: str) -> FormContext | HttpResponse:
    """Have an asset's agent look at something."""
    found = find_asset(number)
    if kind not in check_kinds():
        raise Http404
    schema = check_kinds()[kind].schema()

    def act(values: dict[str, Any]) -> Done:
        made = check_create(found, actor=acting(), kind=kind, **_values(schema, values))
        return Done(_("%(name)s is looked at within five minutes.") % {"name": made.name}, goto=check_url(made))

    form = CheckForm(posted(request), schema=schema)
    title = _("New check: %(kind)s") % {"kind": kind}
    return submitted(
        request, form, act, title=title, submit=_("Add check"), cancel_url=asset_url(found), draft=f"check.{kind}"
    )


@page(
    "checks/<str:number>/edit/",
    permission="monitoring.override",
    kind=Kind.FORM,
    title=gettext_lazy("Change check"),
    parent="monitoring.check",
    template="ui/form.html",
)
def check_change(request: Request, number: str) -> FormContext | HttpResponse:
    """Change what is looked at."""
    found = queries.check(number)
    schema = check_kinds()[found.kind].schema()

    def act(values: dict[str, Any]) -> Done:
        check_edit(found, actor=acting(), **_values(schema, values))
        return Done(
            _("%(name)s was changed; the agent learns so within five minutes.") % {"name": found.name},
            goto=check_url(found),
        )

    own = {field: getattr(found, field) for field in ("name", "interval_seconds", "timeout_seconds", "enabled")}
    form = CheckForm(posted(request), schema=schema, initial=own | initial_of(found.config, schema))
    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=check_url(found))


def _values(schema: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    own = {field: values[field] for field in ("name", "interval_seconds", "timeout_seconds", "enabled")}
    return own | {"config": config_of(schema, values)}
