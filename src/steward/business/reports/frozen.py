# SPDX-License-Identifier: Apache-2.0
"""A report as it is kept: plain JSON that says what was counted, and a hash over that and its rows. Values in, values out."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from steward.business.reports.figures import Facts, Part, Unit

VERSION: Final = 1
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a section comes to: a severity of the kit (critical, high, medium, low, fine, unknown) and a sentence."""

    sev: str
    text: str


@dataclass(frozen=True, slots=True)
class FrozenFigure:
    """A figure as it was counted: its name is "section.figure"."""

    name: str
    value: float | int | None
    n: int
    unit: Unit


@dataclass(frozen=True, slots=True)
class FrozenPart:
    """A section as it was counted."""

    slug: str
    figures: Mapping[str, FrozenFigure]
    facts: Facts
    fault: str

    def value(self, figure: str) -> float | int | None:
        """A figure's value; None where there was nothing to count, or the section had no such figure then."""
        found = self.figures.get(figure)
        return found.value if found is not None else None

    def n(self, figure: str) -> int:
        """Of how many a figure was counted."""
        found = self.figures.get(figure)
        return found.n if found is not None else 0


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure that is not what it was; None stands for a figure that was not there."""

    name: str
    before: FrozenFigure | None
    after: FrozenFigure | None


def part_json(slug: str, part: Part) -> Json:
    """A section as JSON."""
    figures = [{"slug": each.slug, "value": each.value, "n": each.n, "unit": each.unit.value} for each in part.figures]
    return {"slug": slug, "figures": figures, "facts": dict(part.facts), "fault": part.fault}


def parts_of(content: Json) -> list[FrozenPart]:
    """The sections of a kept report, in its order."""
    return [
        FrozenPart(
            each["slug"],
            {one["slug"]: _figure(each["slug"], one) for one in each["figures"]},
            each["facts"],
            each["fault"],
        )
        for each in content.get("sections", ())
    ]


def digest(content: Json, rows: Sequence[Sequence[Any]]) -> str:
    """SHA-256, as hex, of a report's content and its rows; the order of the rows does not matter."""
    hashed = hashlib.sha256()
    for text in (_plain(content), *sorted(_plain(each) for each in rows)):
        hashed.update(text.encode() + b"\n")
    return hashed.hexdigest()


def differences(before: Json, after: Json) -> list[Difference]:
    """What is not alike in two reports, figure by figure, in the order of the later one; what is gone comes last."""
    old = {each.name: each for part in parts_of(before) for each in part.figures.values()}
    new = {each.name: each for part in parts_of(after) for each in part.figures.values()}
    names = [*new, *(each for each in old if each not in new)]
    return [Difference(each, old.get(each), new.get(each)) for each in names if old.get(each) != new.get(each)]


def _figure(section: str, figure: Json) -> FrozenFigure:
    return FrozenFigure(f"{section}.{figure['slug']}", figure["value"], figure["n"], Unit(figure["unit"]))


def _plain(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
