# SPDX-License-Identifier: Apache-2.0
"""What monitoring adds to other rooms' pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from steward_agent.checks.registry import checks as check_kinds

from steward.core.ui.public import Request, panel
from steward.estate.assets.public import Asset
from steward.watch.alerts.public import Alert
from steward.watch.monitoring import queries
from steward.watch.monitoring.models import Check
from steward.watch.monitoring.records import check_url, rule_title
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.tables import new_check_url
from steward.watch.monitoring.words import SEVERITIES, Words, kind_words, severity_words, verdict_of

SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check, how its last look ended, and its page."""

    check: Check
    sev: str
    words: Words
    url: str


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule as it holds for the asset; `own` where an override says so."""

    title: str
    enabled: bool
    sev: str
    severity: str
    own: bool
    url: str


@dataclass(frozen=True, slots=True)
class WatchedHere:
    """What an asset's agent looks at, and which rules hold for it."""

    checks: list[CheckLine]
    more: int
    kinds: list[tuple[str, str]]
    rules: list[RuleLine]


@dataclass(frozen=True, slots=True)
class WhyLine:
    """Something that explains an alert: words, or an instant."""

    label: Words
    words: Words
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Why:
    """What explains an alert."""

    facts: list[WhyLine]


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Which kinds of rules are not judged, and since when."""

    kinds: str
    since: datetime


@panel("assets.asset.side", permission="monitoring.view", order=15)
def watched_here(request: Request, asset: Asset) -> WatchedHere:
    """What is watched on an asset, and when it counts as trouble."""
    found = list(queries.checks_of(asset)[: SHOWN + 1])
    count = len(found) if len(found) <= SHOWN else queries.checks_of(asset).count()
    return WatchedHere(
        [CheckLine(each, *verdict_of(each), check_url(each)) for each in found[:SHOWN]],
        count - min(count, SHOWN),
        [(slug, new_check_url(asset.number, slug)) for slug in check_kinds()],
        [
            RuleLine(
                rule_title(each.rule),
                each.enabled,
                SEVERITIES[each.severity],
                severity_words(each.severity),
                each.override is not None,
                reverse("monitoring.asset_override", args=[asset.number, each.rule.uid]),
            )
            for each in queries.rules_of(asset)
        ],
    )


@panel("alerts.alert.story", permission="monitoring.view", order=10)
def why(request: Request, alert: Alert) -> Why | None:
    """Why an alert began, by the rule that raised it."""
    kind = rule_kinds().get(alert.kind.removeprefix("monitoring."))
    if kind is None or kind.alert_kind != alert.kind:
        return None
    try:
        return Why([_why_line(label, given) for label, given in kind.why(alert.params)])
    except (KeyError, TypeError, ValueError):  # parameters of an older version
        return None


def _why_line(label: Words, given: Words | datetime) -> WhyLine:
    return WhyLine(label, "", given) if isinstance(given, datetime) else WhyLine(label, given, None)


@panel("ui.shell.banner", permission="monitoring.view", order=20)
def not_judged(request: Request, _record: object) -> Unjudged | None:
    """Over every page, as long as something is not judged."""
    found = queries.blind_now()
    return Unjudged(", ".join(kind_words(each) for each in found.kinds), found.since) if found is not None else None
