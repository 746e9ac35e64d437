# SPDX-License-Identifier: Apache-2.0
"""Charts as marks, in per cent of the width and pixels of the height, for one SVG that page and PDF share. Values in, values out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

FULL_SHARE: Final = 150.0  # per cent of the promised time at the right edge; what is later stands there
LANE: Final = 34
PLOT_HEIGHT: Final = 140
LEGEND: Final = 18
COLOURS: Final = ("#0b6270", "#7a3f7f", "#8a5a1f", "#56636f")  # of lines in a PDF; a page has its own


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart: the template under `reports/charts` that draws it, what it says to whoever does not see it, and its marks."""

    template: str
    label: str
    height: int
    marks: Mapping[str, Any] = field(default_factory=dict)
    caption: str = ""

    @property
    def path(self) -> str:
        """The template that draws it."""
        return f"reports/charts/{self.template}.svg"


def dots(lanes: Sequence[tuple[str, Sequence[tuple[float, bool]]]]) -> tuple[int, dict[str, Any]]:
    """Height and marks of one lane for each label: (share of the promised time in per cent, late) each, at most 150 to the right."""
    drawn = [_lane(at, label, marks) for at, (label, marks) in enumerate(lanes)]
    height = LANE * len(drawn) + 28
    ticks = [{"x": x_of(share), "text": f"{share} %"} for share in (0, 25, 50, 75, 100, 125, 150)]
    return height, {"lanes": drawn, "ticks": ticks, "due": x_of(100), "axis": height - 4, "bottom": height - 22}


def x_of(share: float) -> str:
    """Where a share of the promised time stands, in per cent of the width."""
    return f"{min(max(share, 0.0), FULL_SHARE) / FULL_SHARE * 100:.2f}"


def boxes(days: Sequence[tuple[int, str, bool, str]]) -> list[dict[str, Any]]:
    """One box a day: its number, severity or none, whether it is a gap, and a note under it."""
    width = 100 / max(len(days), 1)
    return [
        {
            "x": f"{at * width:.2f}%",
            "width": f"{width * 0.84:.2f}%",
            "middle": f"{(at + 0.42) * width:.2f}%",
            "sev": sev,
            "gap": gap,
            "label": str(day) if day == 1 or day % 5 == 0 else "",
            "note": note,
        }
        for at, (day, sev, gap, note) in enumerate(days)
    ]


def lines(series: Sequence[tuple[str, Sequence[float | None]]]) -> dict[str, Any]:
    """Lines of per cents, 0 to 100, one value a day; a day without one breaks the line. Pieces, as SVG has no lines in per cent
    but straight ones: each piece joins two neighbouring days."""
    drawn = [_line(at, label, values) for at, (label, values) in enumerate(series)]
    grid = [{"y": _y(each), "text": f"{each} %"} for each in (0, 50, 100)]
    for place, line in enumerate(drawn):
        line["legend_y"] = PLOT_HEIGHT + 14 + LEGEND * place
    return {"lines": drawn, "grid": grid, "height": PLOT_HEIGHT + 8 + LEGEND * len(drawn)}


def _lane(at: int, label: str, marks: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    middle = at * LANE + 18
    # Marks that would cover each other are laid one above and one below the line in turn.
    offsets = (0, -5, 5)
    placed = [
        {"x": x_of(share), "y": middle + offsets[place % len(offsets)], "late": late}
        for place, (share, late) in enumerate(sorted(marks))
    ]
    return {"label": label, "y": middle, "text_y": middle + 4, "marks": placed}


def _line(at: int, label: str, values: Sequence[float | None]) -> dict[str, Any]:
    last = max(len(values) - 1, 1)
    points = [(f"{day / last * 100:.2f}", _y(value)) if value is not None else None for day, value in enumerate(values)]
    pieces = [
        {"x1": one[0], "y1": one[1], "x2": two[0], "y2": two[1]}
        for one, two in pairwise(points)
        if one is not None and two is not None
    ]
    alone = [
        {"x": one[0], "y": one[1]} for place, one in enumerate(points) if one is not None and _alone(points, place)
    ]
    return {
        "label": label,
        "pieces": pieces,
        "alone": alone,
        "css": ("", "b", "c", "d")[at % 4],
        "colour": COLOURS[at % 4],
    }


def _alone(points: Sequence[Any], place: int) -> bool:
    before = points[place - 1] if place else None
    after = points[place + 1] if place + 1 < len(points) else None
    return before is None and after is None


def _y(value: float) -> str:
    return f"{8 + (100 - min(max(value, 0.0), 100.0)) / 100 * (PLOT_HEIGHT - 16):.1f}"
