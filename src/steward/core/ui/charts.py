# SPDX-License-Identifier: Apache-2.0
"""Charts on a page: what the part `chart` is handed, and the data that its script asks for.

A page's charts share one range and one cursor. The address of the data is asked with `from`, `to` (unix seconds) and `points`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from steward.core.access.public import Refused
from steward.core.ui.table.columns import Words

MOST_POINTS, POINTS = 2000, 300
LONGEST_RANGE = 5 * 366 * 86_400


@dataclass(frozen=True, slots=True)
class Chart:
    """A time series on a page; see `templates/ui/parts/chart.html`."""

    title: Words
    unit: str
    src: str
    id: str = ""
    topic: str = ""
    min: float | None = None
    max: float | None = None
    height: str = ""
    full: bool = False
    state: str = ""
    empty: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Window:
    """What a chart's script asked for."""

    start: datetime
    end: datetime
    points: int

    @property
    def step(self) -> float:
        """Seconds that one point stands for."""
        return max((self.end - self.start).total_seconds() / self.points, 1.0)


def window_of(request: HttpRequest, default_seconds: int = 3600) -> Window:
    """The asked range. Raises Refused, naming `from`, `to` or `points`."""
    now = datetime.now(UTC).timestamp()
    end = _number(request, "to", now)
    start = _number(request, "from", end - default_seconds)
    points = int(_number(request, "points", POINTS))
    if not 0 < end - start <= LONGEST_RANGE:
        raise Refused("from", _("Ask for a range that begins before it ends, of at most five years."))
    return Window(
        datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC), min(max(points, 10), MOST_POINTS)
    )


def _number(request: HttpRequest, name: str, default: float) -> float:
    text = request.GET.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as bad:
        raise Refused(name, _("Give seconds since 1970 as a number.")) from bad
    if not 0 <= value < 4_102_444_800:  # the year 2100; NaN fails too
        raise Refused(name, _("Give seconds since 1970 as a number."))
    return value


def chart_json(times: Sequence[float], series: Sequence[dict[str, Any]], **more: Any) -> JsonResponse:
    """The answer to a chart's script: `t` unix seconds, each of `series` {"label", "v"} with None where nothing was measured."""
    return JsonResponse({"t": list(times), "series": list(series), **more})
