# SPDX-License-Identifier: Apache-2.0
"""A week's hours as people write them in a form, one line a day: "09:00-12:30, 13:30-18:00"."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_HOLIDAYS: Final = 1_000
_PAIR: Final = re.compile(r"(\d{1,2}:\d{2})\s*[-–—]\s*(\d{1,2}:\d{2})", re.ASCII)


def intervals_of(field: str, text: str) -> list[list[str]]:
    """The day's intervals; empty where it is closed. Raises Refused for what is no time of day."""
    found: list[list[str]] = []
    for part in filter(None, (each.strip() for each in text.replace(";", ",").split(","))):
        pair = _PAIR.fullmatch(part)
        if pair is None:
            raise Refused(
                field, _("Write hours such as 09:00-12:30, 13:30-18:00; leave it empty for a day that is closed.")
            )
        found.append([pair[1].zfill(5), pair[2].zfill(5)])
    return found


def words_of(intervals: Sequence[Sequence[str]]) -> str:
    """The line that `intervals_of` reads back."""
    return ", ".join(f"{start}-{end}" for start, end in intervals)


def days_of(field: str, text: str) -> list[date]:
    """Dates, one a line or separated by commas. Raises Refused naming the one that is none."""
    found: list[date] = []
    for each in re.split(r"[\s,;]+", text.strip()):
        if not each:
            continue
        try:
            found.append(date.fromisoformat(each))
        except ValueError:
            raise Refused(
                field, _("“%(text)s” is no date. Write dates such as 2026-04-23.") % {"text": each[:40]}
            ) from None
    if len(found) > MOST_HOLIDAYS:
        raise Refused(field, _("Use at most %(most)s holidays.") % {"most": MOST_HOLIDAYS})
    return found


def drawn(week: Mapping[str, Sequence[Sequence[str]]], *, always: bool) -> list[list[tuple[float, float]]]:
    """For each day from Monday on, the open stretches as (start, width) in per cent of the day."""
    if always:
        return [[(0.0, 100.0)] for _day in DAYS]
    return [[_stretch(start, end) for start, end in week.get(day, ())] for day in DAYS]


def _stretch(start: str, end: str) -> tuple[float, float]:
    begin, stop = _share(start), _share(end)
    return begin, round(stop - begin, 2)


def _share(clock: str) -> float:
    hours, minutes = clock.split(":")
    return round((int(hours) * 60 + int(minutes)) / 14.4, 2)
