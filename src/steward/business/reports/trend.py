# SPDX-License-Identifier: Apache-2.0
"""Where daily values are heading. Values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trend:
    """The first and last value there is, and by how much a straight line through all of them rises in a day; None from one value."""

    start: float
    end: float
    per_day: float | None
    days: int


def trend(values: Sequence[float | None]) -> Trend | None:
    """The trend of one value a day, None where nothing was measured: such a day bends no line. None without any value."""
    known = [(day, value) for day, value in enumerate(values) if value is not None]
    if not known:
        return None
    return Trend(round(known[0][1], 2), round(known[-1][1], 2), _slope(known), len(known))


def _slope(known: Sequence[tuple[int, float]]) -> float | None:
    if len(known) < 2:
        return None
    n = len(known)
    middle_day = sum(day for day, _value in known) / n
    middle = sum(value for _day, value in known) / n
    spread = sum((day - middle_day) ** 2 for day, _value in known)
    return round(sum((day - middle_day) * (value - middle) for day, value in known) / spread, 4)
