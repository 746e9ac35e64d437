# SPDX-License-Identifier: Apache-2.0
"""The calendars of a document."""

import itertools
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from steward.promises.sla.calendars import Calendar, Hours
from steward.promises.sla.document.values import (
    Fault,
    a_flag,
    a_list,
    a_text,
    an_object,
    day,
    instant,
    need,
    only,
    time_of_day,
    zone,
)

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FIELDS: Final = frozenset({"timezone", "always", "week", "holidays"})


def calendar(given: Any, path: str) -> Calendar:
    """One calendar: its hours, or a list of versions with the instant from which each holds. Raises Fault."""
    said = an_object(given, path)
    if "versions" not in said:
        return Calendar(((0, hours(said, path)),))
    only(said, path, {"versions"})
    versions = [
        _version(each, f"{path}.versions[{place}]")
        for place, each in enumerate(a_list(said["versions"], f"{path}.versions"))
    ]
    if not versions:
        raise Fault(f"{path}.versions", _("give at least one"))
    for place, (before, after) in enumerate(itertools.pairwise(versions), start=1):
        if after[0] <= before[0]:
            raise Fault(f"{path}.versions[{place}].valid_from", _("must be later than that of the version before"))
    return Calendar(tuple(versions))


def hours(given: Any, path: str) -> Hours:
    """One version's hours. Raises Fault."""
    said = an_object(given, path)
    only(said, path, FIELDS)
    where = zone(need(said, "timezone", path), f"{path}.timezone")
    always = a_flag(said.get("always", False), f"{path}.always")
    if not always and "week" not in said:
        raise Fault(f"{path}.week", _("give the week's hours, or always: true"))
    week = an_object(said.get("week", {}), f"{path}.week")
    only(week, f"{path}.week", frozenset(DAYS))
    days = a_list(said.get("holidays", []), f"{path}.holidays")
    return Hours(
        zone=where,
        week=tuple(_intervals(week.get(name, []), f"{path}.week.{name}") for name in DAYS),
        holidays=frozenset(day(each, f"{path}.holidays[{place}]") for place, each in enumerate(days)),
        always=always,
    )


def _version(given: Any, path: str) -> tuple[int, Hours]:
    said = dict(an_object(given, path))
    since = instant(need(said, "valid_from", path), f"{path}.valid_from")
    del said["valid_from"]
    return since, hours(said, path)


def _intervals(given: Any, path: str) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int, str]] = []
    for place, each in enumerate(a_list(given, path)):
        here = f"{path}[{place}]"
        pair = a_list(each, here)
        if len(pair) != 2:
            raise Fault(here, _("an interval is a start and an end"))
        start, end = time_of_day(pair[0], f"{here}[0]"), time_of_day(pair[1], f"{here}[1]")
        if start >= end:
            raise Fault(here, _("starts at or after its end; a night shift is two intervals"))
        found.append((start, end, here))
    found.sort()
    for (_start, before, _here), (start, _end, here) in itertools.pairwise(found):
        if start < before:
            raise Fault(here, _("overlaps another interval of the day"))
    return tuple((start, end) for start, end, _here in found)


def names(given: Any) -> dict[str, Calendar]:
    """The document's calendars by name. Raises Fault."""
    return {
        a_text(name, "calendars"): calendar(each, f"calendars.{name}")
        for name, each in an_object(given, "calendars").items()
    }
