# SPDX-License-Identifier: Apache-2.0
"""What a section of a report is made of: figures, and the rows that each was counted from. Values, no rendering."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

Facts = Mapping[str, Any]
LABEL_LENGTH: Final = 200
DECIMALS: Final = 2


class Unit(StrEnum):
    """What a figure is counted in."""

    COUNT = "count"
    PERCENT = "percent"
    MINUTES = "minutes"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that was counted: a record as it was called then, and what about it counts, as facts and never a sentence."""

    kind: str
    uid: UUID
    number: str
    label: str
    at: datetime | None = None
    facts: Facts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with all that it was counted from: `n` is how many rows these are. None where there was nothing to count it from:
    nothing out of nothing is no hundred per cent."""

    slug: str
    value: float | int | None
    unit: Unit
    rows: Sequence[Row]

    @property
    def n(self) -> int:
        """How many rows it was counted from."""
        return len(self.rows)


@dataclass(frozen=True, slots=True)
class Part:
    """What a section came to. `facts` are what its charts are drawn from; `fault` is a word for why nothing could be counted."""

    figures: Sequence[Figure] = ()
    facts: Facts = field(default_factory=dict)
    fault: str = ""


def counted(slug: str, rows: Iterable[Row]) -> Figure:
    """A figure that is the number of its rows."""
    found = list(rows)
    return Figure(slug, len(found), Unit.COUNT, found)


def share(slug: str, rows: Iterable[Row], good: int) -> Figure:
    """A figure that is so many of its rows, in per cent."""
    found = list(rows)
    return Figure(slug, percent(good, len(found)), Unit.PERCENT, found)


def percent(part: float, whole: float) -> float | None:
    """A part of a whole in per cent, to two decimals; None of nothing. What is not all is never rounded up to 100, nor what is some
    down to 0."""
    if not whole:
        return None
    said = round(100 * part / whole, DECIMALS)
    if said >= 100 and part < whole:
        return 100 - 10**-DECIMALS
    if said <= 0 and part > 0:
        return 10**-DECIMALS
    return said
