# SPDX-License-Identifier: Apache-2.0
"""The charts of an asset: which series each shows, on one grid, gaps left as gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from numpy.typing import NDArray

from steward.core.telemetry.public import SeriesRange, query, series_range
from steward.core.ui.public import Window
from steward.estate.assets.models import Asset

MOST_LINES = 6
GAP_INTERVALS = 3
Line = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Plotted:
    """One metric of a chart. `by` is the label that tells its series apart: a line each, or one for their sum when `summed`."""

    metric: str
    label: Any
    by: str = ""
    summed: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of every asset. Values are multiplied by `factor` to be in `unit`."""

    slug: str
    title: Any
    unit: str
    lines: tuple[Plotted, ...]
    factor: float = 1.0
    top: float | None = None


MEGABYTE, MEGABIT = 1e-6, 8e-6
CHARTS: tuple[Chart, ...] = (
    Chart("processor", gettext_lazy("Processor"), "%", (Plotted("cpu.used_percent", gettext_lazy("used")),), top=100),
    Chart(
        "memory",
        gettext_lazy("Memory"),
        "%",
        (Plotted("memory.used_percent", gettext_lazy("used")), Plotted("swap.used_percent", gettext_lazy("swap"))),
        top=100,
    ),
    Chart("filesystems", gettext_lazy("Filesystems"), "%", (Plotted("fs.used_percent", "", by="mount"),), top=100),
    Chart(
        "load",
        gettext_lazy("Load"),
        "",
        (Plotted("load.1", gettext_lazy("1 min")), Plotted("load.15", gettext_lazy("15 min"))),
    ),
    Chart(
        "disk",
        gettext_lazy("Disk I/O"),
        "MB/s",
        (
            Plotted("disk.read_bytes", gettext_lazy("read"), "device", summed=True),
            Plotted("disk.write_bytes", gettext_lazy("written"), "device", summed=True),
        ),
        MEGABYTE,
    ),
    Chart(
        "network",
        gettext_lazy("Network"),
        "Mb/s",
        (
            Plotted("net.in_bytes", gettext_lazy("in"), "nic", summed=True),
            Plotted("net.out_bytes", gettext_lazy("out"), "nic", summed=True),
        ),
        MEGABIT,
    ),
)
BY_SLUG = {each.slug: each for each in CHARTS}


@dataclass(frozen=True, slots=True)
class Measured:
    """What a chart draws: unix seconds, lines of the same length with None where nothing was measured, hatched stretches."""

    times: list[float]
    lines: list[Line]
    marks: list[dict[str, Any]]
    step: float
    known: bool


def measured(asset: Asset, chart: Chart, window: Window) -> Measured:
    """The chart's lines over the window, in the current scope. Raises TelemetryError and its kinds."""
    names = [each.metric for each in chart.lines]
    series = list(query("assets.series_named", asset=asset.pk, names=names).dicts())
    grid = series_range([each["sid"] for each in series], window.start, window.end, points=window.points)
    lines = [line for plotted in chart.lines for line in _lines(plotted, chart.factor, series, grid)]
    interval = max((float(each["interval_s"]) for each in series), default=30.0)
    there = _there(lines, len(grid.t))
    return Measured(
        times=[int(each) / 1000 for each in grid.t],
        lines=[{"label": each["label"], "v": _plain(each["v"])} for each in lines],
        marks=_gaps(there, grid, interval),
        step=grid.step / 1000,
        known=bool(series),
    )


def _lines(plotted: Plotted, factor: float, series: Sequence[dict[str, Any]], grid: SeriesRange) -> list[Line]:
    own = [each for each in series if each["name"] == plotted.metric]
    if not own:
        return []
    if plotted.summed or not plotted.by:
        return [{"label": str(plotted.label), "v": _summed([grid.series[each["sid"]].mean for each in own]) * factor}]
    lines = [
        {"label": str(each["labels"].get(plotted.by, "")), "v": grid.series[each["sid"]].mean * factor} for each in own
    ]
    return sorted(lines, key=_fullest)[:MOST_LINES]


def _fullest(line: Line) -> tuple[float, str]:
    values = line["v"][~np.isnan(line["v"])]
    return (-float(values[-1]) if len(values) else 1.0, line["label"])


def _summed(columns: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    stacked = np.stack(columns)
    total: NDArray[np.float64] = np.nansum(stacked, axis=0)
    total[np.isnan(stacked).all(axis=0)] = np.nan
    return total


def _plain(values: NDArray[np.float64]) -> list[float | None]:
    rounded = np.round(values, 3)
    return [None if np.isnan(each) else float(each) for each in rounded]


def _there(lines: Sequence[Line], size: int) -> NDArray[np.bool_]:
    there = np.zeros(size, np.bool_)
    for line in lines:
        there |= ~np.isnan(line["v"])
    return there


def _gaps(there: NDArray[np.bool_], grid: SeriesRange, interval: float) -> list[dict[str, Any]]:
    """Stretches without data between data, longer than a sample or two that came late."""
    at = np.flatnonzero(there)
    if len(at) < 2:
        return []
    least = max(1, round(GAP_INTERVALS * interval * 1000 / grid.step))
    holes = np.flatnonzero(np.diff(at) > least)
    return [
        {
            "kind": "gap",
            "from": int(grid.t[at[each] + 1]) / 1000,
            "to": int(grid.t[at[each + 1]]) / 1000,
            "label": _("No data"),
        }
        for each in holes
    ]
