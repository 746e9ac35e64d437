# SPDX-License-Identifier: Apache-2.0
"""Series over a stretch of time for a chart: the right grain, one grid for all of them, gaps left as gaps."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from steward.core.telemetry.read import Result, query
from steward.core.telemetry.rollup import RAW_DAYS

Source = Literal["raw", "5m", "1h"]

MOST_SERIES: Final = 200
MOST_POINTS: Final = 5000
_SECOND: Final = 1000
_FIVE_MINUTES: Final = 300 * _SECOND
_HOUR: Final = 3600 * _SECOND
_DAY: Final = 24 * _HOUR
_DEFAULT_INTERVAL: Final = 30 * _SECOND
_BASE: Final[dict[Source, int]] = {"raw": 1, "5m": _FIVE_MINUTES, "1h": _HOUR}
_ROUND_UP_BY: Final = 3  # a step that people know is preferred unless it blurs the chart
_MINUTES: Final = (1, 2, 5, 10, 15, 30)
_HOURS: Final = (1, 2, 3, 6, 12, 24, 48, 72, 168)
_STEPS: Final = (
    *(each * _SECOND for each in (1, 2, 5, 10, 15, 20, 30)),
    *(each * 60 * _SECOND for each in _MINUTES),
    *(each * _HOUR for each in _HOURS),
)


@dataclass(frozen=True, slots=True)
class Points:
    """One series on the grid of its `SeriesRange`: NaN where nothing was measured. `mean` is weighted by samples."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    n: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SeriesRange:
    """Some series on one grid. `t` are the beginnings of the slots in milliseconds since the epoch, `step` apart."""

    t: NDArray[np.int64]
    step: int
    source: Source
    series: dict[int, Points] = field(default_factory=dict)  # every series asked for, those without samples too


def series_range(sids: Sequence[int], start: datetime, end: datetime, *, points: int = 800) -> SeriesRange:
    """Some series from `start` to `end` (aware; `end` exclusive) in about `points` slots, in the current scope.

    Reads the samples themselves while they are kept and the slots are shorter than an hour, else a roll-up, and always the
    samples for hours that no roll-up holds yet. Series of other clients are as empty as ones that don't exist.

    Raises ValueError for more than 200 series, a naive or reversed stretch; else as `query` does.
    """
    if len(sids) > MOST_SERIES:
        raise ValueError(f"at most {MOST_SERIES} series at once")
    if start.tzinfo is None or end.tzinfo is None or end <= start:
        raise ValueError("start must come before end, both with a time zone")
    wanted = sorted({int(each) for each in sids})
    first, last = round(start.timestamp() * _SECOND), round(end.timestamp() * _SECOND)
    interval = _interval(wanted)
    source, step = choose_grain(
        first, last, points=points, interval=interval, now=round(datetime.now(start.tzinfo).timestamp() * _SECOND)
    )
    first, last = first // step * step, -(-last // step) * step
    grid = _Grid(wanted, first, last, step)
    if wanted:
        _fill(grid, source)
    return SeriesRange(np.arange(first, last, step, dtype=np.int64), step, source, grid.points())


def choose_grain(first: int, last: int, *, points: int, interval: int, now: int) -> tuple[Source, int]:
    """Source and step for a stretch; all in milliseconds. `interval` is the longest between two samples of the series.

    A slot is never shorter than the interval: it would be empty without a gap in the data.
    """
    slots = max(1, min(points, MOST_POINTS))
    least = max(interval, -(-(last - first) // slots))
    source: Source = "raw"
    if least > _HOUR // 2:
        source = "1h"
    elif first < now - RAW_DAYS * _DAY:
        source = "5m" if interval < _DEFAULT_INTERVAL else "1h"
    elif least >= _FIVE_MINUTES and interval < _DEFAULT_INTERVAL:
        source = "5m"
    least = max(least, _BASE[source])
    whole = _BASE[source] if source != "raw" else interval
    step = next((each for each in _STEPS if least <= each <= _ROUND_UP_BY * least and each % whole == 0), 0)
    return source, step or -(-least // whole) * whole


def _interval(sids: list[int]) -> int:
    if not sids:
        return _DEFAULT_INTERVAL
    found = query("telemetry.series_intervals", sids=sids)
    return max(1, round(float(found["interval_s"].max()) * _SECOND)) if found.rows else _DEFAULT_INTERVAL


def _fill(grid: "_Grid", source: Source) -> None:
    if source == "raw":
        grid.add(_read("raw", grid, grid.first, grid.last))
        return
    until = _rolled_until(grid)
    rolled = _read(source, grid, grid.first, until)
    grid.add(rolled)
    if source == "5m":
        # A series that was sampled more slowly at the time has no five-minute roll-up.
        missing = sorted(set(grid.sids) - {int(each) for each in rolled["sid"]})
        if missing:
            grid.add(_read("1h", grid, grid.first, until, missing))
    if until < grid.last:
        grid.add(_read("raw", grid, until, grid.last))


def _rolled_until(grid: "_Grid") -> int:
    found = query("telemetry.rolled_until", sids=grid.sids, start=grid.first // _SECOND)
    newest = (int(found["hour"][0]) * _SECOND + _HOUR) if found.rows else grid.first
    return min(max(newest, grid.first), grid.last)


def _read(source: Source, grid: "_Grid", start: int, end: int, sids: list[int] | None = None) -> Result:
    return query(f"telemetry.range_{source}", sids=sids or grid.sids, start=start, end=end, step=grid.step)


class _Grid:
    """Sums per series and slot, so that a slot may come half from a roll-up and half from samples."""

    def __init__(self, sids: list[int], first: int, last: int, step: int) -> None:
        self.sids = sids
        self.first, self.last, self.step = first, last, step
        shape = (len(sids), (last - first) // step)
        self._n = np.zeros(shape, dtype=np.int64)
        self._sum = np.zeros(shape)
        self._low = np.full(shape, np.inf)
        self._high = np.full(shape, -np.inf)

    def add(self, rows: Result) -> None:
        """Add rows of (sid, slot, n, mean, low, high)."""
        if not rows.rows:
            return
        at = (np.searchsorted(self.sids, rows["sid"]), rows["slot"].astype(np.int64) - self.first // self.step)
        n = rows["n"].astype(np.int64)
        np.add.at(self._n, at, n)
        np.add.at(self._sum, at, rows["mean"] * n)
        np.minimum.at(self._low, at, rows["low"])
        np.maximum.at(self._high, at, rows["high"])

    def points(self) -> dict[int, Points]:
        """The finished series."""
        there = self._n > 0
        mean = np.full(self._sum.shape, np.nan)
        np.divide(self._sum, self._n, out=mean, where=there)
        low = np.where(there, self._low, np.nan)
        high = np.where(there, self._high, np.nan)
        return {sid: Points(mean[at], low[at], high[at], self._n[at]) for at, sid in enumerate(self.sids)}
