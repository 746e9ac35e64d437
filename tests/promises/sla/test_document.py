# SPDX-License-Identifier: Apache-2.0
"""Bad documents are refused with the path of the fault; whatever is sent, nothing else happens."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.promises.sla.document import Fault, parse
from tests.promises.sla.documents import Json, example

Break = Callable[[Json], Any]


def event(place: int, **values: Any) -> Break:
    return lambda document: document["events"][place].update(values)


def hours(*intervals: list[str]) -> Break:
    return lambda document: document["calendars"]["office"]["week"].update(mon=list(intervals))


def target(**values: Any) -> Break:
    return lambda document: document["policy"]["targets"]["P1"]["response"].update(values)


BREAKS: dict[str, list[Break]] = {
    "events": [lambda d: d["events"].clear(), lambda d: d.update(events={})],
    "events[0].at": [
        event(0, at="2026-03-27T13:50:00"),
        event(0, at="2026-03-27T13:50:00.5Z"),
        event(0, at="soon"),
        event(0, at=1),
        event(0, at="2026-03-27T13:50:00.0000001Z"),
        event(0, at="0001-01-01T00:00:00+14:00"),
        event(0, at="9999-12-31T23:59:59Z"),
    ],
    "events[1].at": [event(1, at="2026-03-27T13:00:00Z")],
    "events[1].type": [event(1, type="opened", priority="P1", status="new", by=None), event(1, type="spoke")],
    "events[1].by": [lambda d: d["events"][1].pop("by")],
    "events[1].public": [event(1, public="yes")],
    "events[1].mood": [event(1, mood="good")],
    "events[2].status": [
        event(2, status=""),
        event(2, status="a\nb"),
        event(2, status="\ud800"),
        event(2, status=None),
    ],
    "events[4].priority": [event(4, priority="P9"), event(4, priority=1)],
    "events[5].until": [
        event(5, until="2026-03-30T10:00:00Z"),
        event(5, until="2026-03-30T09:00:00Z"),
        event(5, until=5),
    ],
    "events[5].targets[0]": [event(5, targets=["update"])],
    "events[7].type": [event(7, type="resolved")],
    "events[3].type": [
        lambda d: d["events"].__setitem__(3, {"at": "2026-03-30T08:00:00Z", "type": "reopened", "status": "new"})
    ],
    "now": [lambda d: d.pop("now"), lambda d: d.update(now="tomorrow")],
    "later": [lambda d: d.update(later=1)],
    "calendars.office.timezone": [
        lambda d: d["calendars"]["office"].update(timezone="Mars/Olympus"),
        lambda d: d["calendars"]["office"].update(timezone="../etc/passwd"),
    ],
    "calendars.office.week": [lambda d: d["calendars"]["office"].pop("week")],
    "calendars.office.week.mond": [lambda d: d["calendars"]["office"]["week"].update(mond=[])],
    "calendars.office.week.mon[0]": [hours(["18:00", "09:00"]), hours(["09:00", "09:00"]), hours(["09:00"])],
    "calendars.office.week.mon[1]": [hours(["09:00", "12:00"], ["11:59", "13:00"])],
    "calendars.office.week.mon[0][1]": [
        hours(["09:00", "24:01"]),
        hours(["09:00", "9:30"]),
        hours(["09:00", "12:00\n"]),
    ],
    "calendars.office.holidays[0]": [
        lambda d: d["calendars"]["office"].update(holidays=["2026-02-30"]),
        lambda d: d["calendars"]["office"].update(holidays=["20260423"]),
    ],
    "policy.targets.P1.response.calendar": [target(calendar="lunar")],
    "policy.targets.P1.response.minutes": [
        target(minutes=-1),
        target(minutes="15"),
        target(minutes=True),
        target(minutes=float("nan")),
        target(minutes=1e300),
    ],
    "policy.targets.P1.update": [lambda d: d["policy"]["targets"]["P1"].update(update={})],
    "policy.pauses.update": [lambda d: d["policy"]["pauses"].update(update=[])],
    "policy.on_reopen": [lambda d: d["policy"].update(on_reopen="forget"), lambda d: d["policy"].pop("on_reopen")],
    "policy.on_priority_change": [lambda d: d["policy"].update(on_priority_change=None)],
}


@pytest.mark.parametrize(("path", "broken"), [(path, broken) for path, many in BREAKS.items() for broken in many])
def test_a_fault_is_named_by_its_path(path: str, broken: Break) -> None:
    document = example()
    broken(document)
    if path == "events[1].type" and document["events"][1]["type"] == "opened":
        document["events"][1] = {"at": document["events"][1]["at"], "type": "opened", "priority": "P1", "status": "new"}
    if path == "events[7].type":
        document["events"][7].pop("status")
    with pytest.raises(Fault) as caught:
        parse(document)
    assert caught.value.path == path
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_touching_intervals_any_offset_and_unsorted_events_are_taken() -> None:
    document = example()
    hours(["12:00", "24:00"], ["00:00", "12:00"])(document)
    document["events"][0]["at"] = "2026-03-27T16:50:00+03:00"
    document["events"].reverse()
    assert [each.type for each in parse(document).events][:2] == ["opened", "reply"]


def fault_of(document: Any) -> str | None:
    """Where the document is wrong; None when it was taken."""
    try:
        parse(document)
    except Fault as fault:
        return fault.path
    return None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)
PLACES = [
    ["calendars"], ["calendars", "office"], ["calendars", "office", "week"], ["calendars", "office", "week", "mon"],
    ["calendars", "office", "week", "mon", 0], ["calendars", "office", "week", "mon", 0, 1], ["calendars", "office", "timezone"],
    ["calendars", "office", "holidays"], ["calendars", "office", "always"], ["policy"], ["policy", "targets"],
    ["policy", "targets", "P3"], ["policy", "targets", "P3", "response"], ["policy", "targets", "P3", "response", "minutes"],
    ["policy", "pauses"], ["policy", "pauses", "resolution"], ["policy", "on_reopen"], ["events"], ["events", 0], ["events", 0, "at"],
    ["events", 1, "by"], ["events", 5, "targets"], ["events", 5, "until"], ["events", 5, "category"], ["now"],
]  # fmt: skip


@given(place=st.sampled_from(PLACES), value=JSON)
@settings(max_examples=400, deadline=None)
def test_whatever_stands_anywhere_is_taken_or_refused(place: list[Any], value: Any) -> None:
    document: Any = example()
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    assert fault_of(document) != ""


@given(JSON)
def test_any_json_is_refused_or_taken(value: Any) -> None:
    assert fault_of(value) != ""
