# SPDX-License-Identifier: Apache-2.0
"""What a document of the clock really puts to the test, seen from its answer: a case counts only where the feature can change a figure."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from tests.promises.sla.documents import NORTH, SOUTH, Json
from tests.promises.sla.oracle import second

FOREVER = 10**12
HALF_HOUR = "Australia/Lord_Howe"


def features(document: Json, answer: dict[str, Json | None]) -> set[str]:
    """Their names. `answer` is the oracle's."""
    found: set[str] = set()
    for kind, reading in answer.items():
        if reading is None:
            continue
        end = second(reading["met_at"] or document["now"])
        found |= {reading["state"], *_of_life(document, kind, end), *_of_reading(document, kind, reading, end)}
        for row in [reading, *reading["superseded"]]:
            until = second(row["until"]) if "until" in row else end
            found |= set(_of_hours(document, kind, row["priority"], second(row["zero_at"]), until))
    return found


def _of_reading(document: Json, kind: str, reading: Json, end: int) -> Iterator[str]:
    whys = {each["why"].partition(":")[0] for each in reading["segments"]}
    yield from whys & {"holiday", "paused", "excluded"}
    if reading["remaining_seconds"] == 0:
        yield "exactly used"
    if reading["due_at"] is None:
        yield "never due"
    if any(row["breached_at"] for row in reading["superseded"]):
        yield "superseded after a breach"
    opened = document["events"][0]
    if reading["zero_at"] == opened["at"] and opened["status"] in document["policy"]["pauses"][kind]:
        yield "pause at opening"
    zero = second(reading["zero_at"])
    covered = sorted(
        (max(second(each["at"]), zero), min(second(each.get("until") or document["now"]), end))
        for each in document["events"]
        if each["type"] == "excluded" and kind in each["targets"]
    )
    held = [(begin, until) for begin, until in covered if begin < until]
    if any(after[0] < before[1] for before, after in pairwise(held)):
        yield "overlapping exclusions"
    if any(
        each["type"] == "excluded" and kind in each["targets"] and "until" not in each and second(each["at"]) < end
        for each in document["events"]
    ):
        yield "open-ended exclusion"


def _of_life(document: Json, kind: str, end: int) -> Iterator[str]:
    resolved, priority = False, ""
    for each in document["events"]:
        if second(each["at"]) > end:
            return
        if each["type"] == "priority" and each["priority"] != priority:
            waits = resolved and kind == "resolution"
            yield "priority while resolved" if waits else f"priority, {document['policy']['on_priority_change']}"
        if each["type"] == "reopened" and kind == "resolution":
            yield f"reopening, {document['policy']['on_reopen']}"
        priority = each.get("priority", priority)
        resolved = {"resolved": True, "reopened": False}.get(each["type"], resolved)


def _of_hours(document: Json, kind: str, priority: str, begin: int, end: int) -> Iterator[str]:
    given = document["calendars"][document["policy"]["targets"][priority][kind]["calendar"]]
    versions = given.get("versions", [given])
    edges = [-FOREVER, *(second(each["valid_from"]) for each in versions[1:]), FOREVER]
    for version, (since, until) in zip(versions, pairwise(edges), strict=True):
        if begin < since < end:
            yield "calendar version"
        first, last = max(begin, since), min(end, until)
        if version.get("always") or first >= last or _offset(version, first) == _offset(version, last):
            continue
        if version["timezone"] in {change.zone for change in NORTH}:
            yield "clock change, north"
        if version["timezone"] in {change.zone for change in SOUTH}:
            yield "clock change, south"
        if version["timezone"] == HALF_HOUR:
            yield "half an hour"


def _offset(version: Json, at: int) -> object:
    return datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(version["timezone"])).utcoffset()
