# SPDX-License-Identifier: Apache-2.0
"""Where disks and memory are heading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.business.reports.counting import asset_row
from steward.business.reports.drawing import Drawing, lines
from steward.business.reports.figures import Facts, Figure, Part, Row, Unit
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.trend import Trend, trend
from steward.business.reports.words import number, percent_words
from steward.core.telemetry.public import Points, SeriesRange, query, series_range
from steward.core.tenancy.public import Client
from steward.estate.assets.public import Asset

SLUG: Final = "trends"
TITLE: Final = gettext_lazy("Disks and memory")
ORDER: Final = 60
FIGURES: Final = {
    "disk": gettext_lazy("Fullest filesystem at the end"),
    "memory": gettext_lazy("Most used memory at the end"),
}
METRICS: Final = {"fs.used_percent": "disk", "memory.used_percent": "memory"}
AT_ONCE: Final = 200  # series, as series_range has it
DRAWN: Final = 4
FULL: Final = 90.0


@dataclass(frozen=True, slots=True)
class Measured:
    """One series of an asset with its value of each day."""

    figure: str
    asset: Asset
    place: str
    days: list[float | None]
    trend: Trend

    @property
    def label(self) -> str:
        """The asset, and of a filesystem where it is mounted."""
        return f"{self.asset.name} {self.place}".strip()


def run(client: Client, month: Month) -> Part:
    """Every filesystem and memory of the client's assets that was measured in the month, by the mean of each day.

    Raises TelemetryUnavailable and its kin.
    """
    assets = Asset.objects.filter(client=client).in_bulk()
    found = _measured(assets, month) if assets else []
    figures, drawn = [], {}
    for slug in FIGURES:
        own = sorted((each for each in found if each.figure == slug), key=lambda one: (-one.trend.end, one.label))
        figures.append(Figure(slug, own[0].trend.end if own else None, Unit.PERCENT, [_row(each) for each in own]))
        drawn[slug] = [{"label": each.label, "days": each.days} for each in own[:DRAWN]]
    return Part(figures, {"lines": drawn})


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    disk, memory = part.value("disk"), part.value("memory")
    if disk is None and memory is None:
        return Verdict("unknown", _("No disk and no memory was measured, so nobody can say."))
    told = {"disk": percent_words(disk), "memory": percent_words(memory), "n": number(part.n("disk"))}
    words = ngettext(
        "The %(n)s filesystem ended the month at %(disk)s, the most used memory at %(memory)s.",
        "The fullest of %(n)s filesystems ended the month at %(disk)s, the most used memory at %(memory)s.",
        part.n("disk"),
    )
    return Verdict("medium" if (disk or 0) >= FULL else "fine", words % told)


def said(facts: Facts) -> str:
    """What counts about a row."""
    told = {"start": percent_words(facts["start"]), "end": percent_words(facts["end"]), "days": number(facts["days"])}
    text = _("from %(start)s to %(end)s, measured on %(days)s days") % told
    if facts["per_day"] is None:
        return text
    rise = number(facts["per_day"] * 30, 1)
    return _("%(text)s, %(rise)s points in 30 days") % {
        "text": text,
        "rise": rise if rise.startswith("-") else f"+{rise}",
    }


def charts(part: FrozenPart) -> Sequence[Drawing]:
    """The highest four of each, day by day."""
    titles = {
        "disk": _("Filesystems: the fullest, mean of each day"),
        "memory": _("Memory: the most used, mean of each day"),
    }
    drawn = []
    for slug, title in titles.items():
        own = [(each["label"], each["days"]) for each in part.facts.get("lines", {}).get(slug, ())]
        if own:
            marks = lines(own)
            drawn.append(Drawing("lines", title, marks["height"], marks, title))
    return drawn


def _measured(assets: Mapping[int, Asset], month: Month) -> list[Measured]:
    series = list(query("reports.series_of_assets", assets=list(assets), names=list(METRICS)).dicts())
    hours = round((month.end - month.start).total_seconds() / 3600)
    found: dict[tuple[str, int, str], list[list[tuple[float, int]]]] = {}
    edges = [(start, end) for _day, start, end in month.days()]
    for begin in range(0, len(series), AT_ONCE):
        some = series[begin : begin + AT_ONCE]
        grid = series_range([each["sid"] for each in some], month.start, month.end, points=hours)
        for each in some:
            key = (METRICS[each["name"]], int(each["asset"]), str(each["labels"].get("mount", "")))
            sums = found.setdefault(key, [[] for _edge in edges])
            _add(sums, grid, grid.series[each["sid"]], edges)
    return [
        Measured(figure, assets[asset], place, days, known)
        for (figure, asset, place), sums in sorted(found.items())
        if (known := trend(days := [_mean(each) for each in sums])) is not None
    ]


def _add(sums: list[list[tuple[float, int]]], grid: SeriesRange, points: Points, edges: Sequence[Any]) -> None:
    """Put each slot to the day in which it begins: (sum, samples)."""
    day = 0
    for t, mean, n in zip(grid.t.tolist(), points.mean.tolist(), points.n.tolist(), strict=True):
        at = t / 1000
        while day < len(edges) and at >= edges[day][1].timestamp():
            day += 1
        if n and day < len(edges) and at >= edges[day][0].timestamp():
            sums[day].append((mean * n, n))


def _mean(slots: Sequence[tuple[float, int]]) -> float | None:
    n = sum(count for _total, count in slots)
    return round(sum(total for total, _count in slots) / n, 2) if n else None


def _row(each: Measured) -> Row:
    known = each.trend
    facts = {"start": known.start, "end": known.end, "per_day": known.per_day, "days": known.days, "place": each.place}
    return asset_row(each.asset, facts, each.label)
