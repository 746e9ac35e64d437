# SPDX-License-Identifier: Apache-2.0
"""The clock by hand: the figures of the specification, and what holds for any document. Beside its oracle: test_clock_campaign."""

import itertools
from typing import Any

from hypothesis import given, settings

from steward.promises.sla.document import parse
from steward.promises.sla.explain import explained
from tests.promises.sla import oracle
from tests.promises.sla.documents import Json, documents, example


def reading(document: Json, kind: str) -> Json:
    found = explained(parse(document))[kind]
    assert found is not None
    return found


def test_the_example_has_the_figures_of_the_specification() -> None:
    response, resolution = reading(example(), "response"), reading(example(), "resolution")
    assert {name: response[name] for name in response if name != "segments"} == {
        "state": "met", "priority": "P3", "target_seconds": 14400, "elapsed_seconds": 0, "paused_seconds": 0,
        "remaining_seconds": 14400, "zero_at": "2026-03-27T13:50:00Z", "due_at": "2026-03-30T11:00:00Z",
        "met_at": "2026-03-27T14:20:00Z", "breached_at": None, "superseded": [],
    }  # fmt: skip
    assert response["segments"] == [
        {"from": "2026-03-27T13:50:00Z", "to": "2026-03-27T14:20:00Z", "counts": False, "why": "outside_hours"}
    ]
    assert {name: resolution[name] for name in resolution if name != "segments"} == {
        "state": "breached", "priority": "P1", "target_seconds": 14400, "elapsed_seconds": 16800, "paused_seconds": 239400,
        "remaining_seconds": -2400, "zero_at": "2026-03-27T13:50:00Z", "due_at": "2026-03-31T06:20:00Z", "met_at": None,
        "breached_at": "2026-03-31T06:20:00Z", "superseded": [],
    }  # fmt: skip


@given(documents())
@settings(max_examples=40, deadline=None)
def test_segments_cover_zero_to_end_and_add_up(document: Json) -> None:
    for kind, found in explained(parse(document)).items():
        if found is None:
            continue
        pieces = found["segments"]
        end = found["met_at"] or document["now"]
        edges = [found["zero_at"], *(each["to"] for each in pieces)]
        assert [each["from"] for each in pieces] == edges[:-1], kind
        assert not pieces or edges[-1] == end
        assert all(before["why"] != after["why"] for before, after in itertools.pairwise(pieces))
        counted = sum(_seconds(each) for each in pieces if each["counts"])
        assert counted == found["elapsed_seconds"]
        assert found["remaining_seconds"] == found["target_seconds"] - counted


def _seconds(segment: Json) -> int:
    return int((oracle.at(segment["to"]) - oracle.at(segment["from"])).total_seconds())


def one_ticket(calendar: Json, *, minutes: float, opened: str, now: str, **more: Any) -> Json:
    return {
        "calendars": {"c": calendar},
        "policy": {
            "targets": {"P1": {"resolution": {"minutes": minutes, "calendar": "c"}}},
            "pauses": {},
            "on_priority_change": "retroactive",
            "on_reopen": "resume",
        },
        "events": [{"at": opened, "type": "opened", "priority": "P1", "status": "new"}, *more.get("events", [])],
        "now": now,
    }


NIGHT = {
    "timezone": "Europe/Berlin",
    "week": {day: [["00:00", "06:00"], ["22:00", "24:00"]] for day in oracle.DAYS},
}


def test_the_night_in_which_the_clock_goes_back_has_an_hour_more() -> None:
    # 25 October 2026, Berlin: 22:00 to 06:00 is 20:00Z to 05:00Z.
    document = one_ticket(NIGHT, minutes=540, opened="2026-10-24T20:00:00Z", now="2026-10-25T05:00:00Z")
    assert reading(document, "resolution")["elapsed_seconds"] == 9 * 3600
    assert reading(document, "resolution")["due_at"] == "2026-10-25T05:00:00Z"


def test_the_night_in_which_the_clock_goes_ahead_has_an_hour_less() -> None:
    document = one_ticket(NIGHT, minutes=420, opened="2026-03-28T21:00:00Z", now="2026-03-29T04:00:00Z")
    assert reading(document, "resolution")["elapsed_seconds"] == 7 * 3600


def test_reaching_the_target_at_closing_time_is_due_at_closing_time_and_not_late() -> None:
    day = {"timezone": "UTC", "week": {"mon": [["09:00", "17:00"]]}}
    document = one_ticket(day, minutes=480, opened="2026-03-30T09:00:00Z", now="2026-03-30T18:00:00Z")
    found = reading(document, "resolution")
    assert (found["due_at"], found["state"]) == ("2026-03-30T17:00:00Z", "outside_hours")
    document["events"].append({"at": "2026-03-30T17:30:00Z", "type": "resolved"})
    assert reading(document, "resolution")["state"] == "met"


def test_a_calendar_that_never_opens_is_never_due() -> None:
    shut: Json = {"timezone": "UTC", "week": {}}
    found = reading(
        one_ticket(shut, minutes=1, opened="2026-03-30T09:00:00Z", now="2026-04-30T09:00:00Z"), "resolution"
    )
    assert (found["due_at"], found["elapsed_seconds"], found["state"]) == (None, 0, "outside_hours")


def test_a_due_instant_beyond_ten_years_is_none() -> None:
    hour = {"timezone": "UTC", "week": {"mon": [["09:00", "10:00"]]}}
    opened, now = "2026-03-30T09:00:00Z", "2026-03-30T09:00:00Z"
    assert reading(one_ticket(hour, minutes=60 * 600, opened=opened, now=now), "resolution")["due_at"] is None
    within = reading(one_ticket(hour, minutes=60 * 500, opened=opened, now=now), "resolution")
    assert within["due_at"] == "2035-10-22T10:00:00Z"


def test_each_instant_is_read_in_the_version_of_the_calendar_then_in_force() -> None:
    versions = [
        {"valid_from": "2026-01-01T00:00:00Z", "timezone": "UTC", "week": {"mon": [["09:00", "17:00"]]}},
        {"valid_from": "2026-03-30T12:00:00Z", "timezone": "UTC", "always": True},
    ]
    document = one_ticket(
        {"versions": versions}, minutes=600, opened="2026-03-29T09:00:00Z", now="2026-03-30T22:00:00Z"
    )
    found = reading(document, "resolution")
    assert [(each["from"], each["why"]) for each in found["segments"]] == [
        ("2026-03-29T09:00:00Z", "outside_hours"),
        ("2026-03-30T09:00:00Z", "counting"),
    ]
    assert (found["elapsed_seconds"], found["due_at"]) == (13 * 3600, "2026-03-30T19:00:00Z")


def test_of_two_exclusions_the_one_given_first_is_named() -> None:
    def excluded(at: str, category: str) -> Json:
        return {"at": at, "type": "excluded", "category": category, "targets": ["resolution"]}

    always = {"timezone": "UTC", "always": True}
    events = [excluded("2026-03-30T10:00:00Z", "first"), excluded("2026-03-30T10:00:00Z", "second")]
    document = one_ticket(always, minutes=600, opened="2026-03-30T09:00:00Z", now="2026-03-30T11:00:00Z", events=events)
    assert [each["why"] for each in reading(document, "resolution")["segments"]] == ["counting", "excluded:first"]


def test_nothing_is_promised_where_the_policy_is_silent() -> None:
    document = one_ticket(
        {"timezone": "UTC", "always": True}, minutes=5, opened="2026-03-30T09:00:00Z", now="2026-03-30T11:00:00Z"
    )
    assert explained(parse(document))["response"] is None
