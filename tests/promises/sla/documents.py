# SPDX-License-Identifier: Apache-2.0
"""Documents for the clock: the one of the specification, and any that hypothesis draws. Every time is a whole minute, for the oracle."""

import copy
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.promises.sla import oracle

Json = dict[str, Any]

EXAMPLE: Json = {
    "calendars": {
        "office": {
            "timezone": "Europe/Istanbul",
            "week": {"mon": [["09:00", "12:30"], ["13:30", "18:00"]], "tue": [["09:00", "18:00"]]},
            "holidays": ["2026-04-23"],
        },
        "always": {"timezone": "UTC", "always": True},
    },
    "policy": {
        "targets": {
            "P1": {
                "response": {"minutes": 15, "calendar": "always"},
                "resolution": {"minutes": 240, "calendar": "always"},
            },
            "P3": {
                "response": {"minutes": 240, "calendar": "office"},
                "resolution": {"minutes": 1440, "calendar": "office"},
            },
        },
        "pauses": {"response": [], "resolution": ["waiting_client", "waiting_vendor"]},
        "on_priority_change": "retroactive",
        "on_reopen": "resume",
    },
    "events": [
        {"at": "2026-03-27T13:50:00Z", "type": "opened", "priority": "P3", "status": "new"},
        {"at": "2026-03-27T14:20:00Z", "type": "reply", "by": "staff", "public": True, "automatic": False},
        {"at": "2026-03-27T14:30:00Z", "type": "status", "status": "waiting_client"},
        {"at": "2026-03-30T08:00:00Z", "type": "status", "status": "in_progress"},
        {"at": "2026-03-30T09:00:00Z", "type": "priority", "priority": "P1"},
        {
            "at": "2026-03-30T10:00:00Z",
            "type": "excluded",
            "until": "2026-03-30T11:00:00Z",
            "category": "force_majeure",
            "targets": ["resolution"],
        },
        {"at": "2026-03-30T12:00:00Z", "type": "resolved"},
        {"at": "2026-03-31T06:00:00Z", "type": "reopened", "status": "in_progress"},
    ],
    "now": "2026-03-31T07:00:00Z",
}

# Around clock changes of Berlin, New York and Lord Howe (which moves by half an hour), and one plain week.
BASES = [
    datetime(2026, 3, 27, 22, tzinfo=UTC),
    datetime(2026, 10, 23, 20, tzinfo=UTC),
    datetime(2026, 4, 1, tzinfo=UTC),
]
ZONES = ["Europe/Istanbul", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kolkata"]
PRIORITIES = ["P1", "P2", "P3"]
STATUSES = ["new", "wait", "vendor", "go"]
HOLIDAYS = ["2026-03-28", "2026-03-30", "2026-04-02", "2026-10-25", "2026-10-26"]


def example() -> Json:
    """The document of the specification, to be changed at will."""
    return copy.deepcopy(EXAMPLE)


def stamped(moment: datetime) -> str:
    """As a document writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Two calendars, three priorities, up to nine events."""
    base = draw(st.sampled_from(BASES))
    moment = base + timedelta(minutes=draw(st.integers(0, 2_000)))
    events = [
        {
            "at": stamped(moment),
            "type": "opened",
            "priority": draw(st.sampled_from(PRIORITIES)),
            "status": draw(st.sampled_from(["new", "wait"])),
        }
    ]
    resolved = False
    for _ in range(draw(st.integers(0, 9))):
        moment += timedelta(minutes=draw(st.sampled_from([0, 0, 1, 30, 60, 180]) | st.integers(0, 1_500)))
        event = draw(_happening(moment, resolved))
        resolved = {"resolved": True, "reopened": False}.get(event["type"], resolved)
        events.append(event)
    now = moment + timedelta(minutes=draw(st.sampled_from([-100, 0, 0, 10, 500]) | st.integers(0, 2_000)))
    return {
        "calendars": {"a": draw(calendars(base)), "b": draw(calendars(base))},
        "policy": draw(policies()),
        "events": events,
        "now": stamped(max(now, oracle.at(events[0]["at"]))),
    }


@st.composite
def calendars(draw: st.DrawFn, base: datetime) -> Json:
    """A calendar, sometimes with a second version from within the days looked at."""
    first = draw(_hours())
    if draw(st.integers(0, 3)):
        return first
    since = [base - timedelta(days=1), base + timedelta(minutes=draw(st.integers(0, 6_000)))]
    return {
        "versions": [
            {"valid_from": stamped(at)} | each for at, each in zip(since, [first, draw(_hours())], strict=True)
        ]
    }


@st.composite
def _hours(draw: st.DrawFn) -> Json:
    zone = draw(st.sampled_from(ZONES))
    if not draw(st.integers(0, 4)):
        return {"timezone": zone, "always": True}
    week = {day: draw(_intervals()) for day in oracle.DAYS if draw(st.integers(0, 3))}
    return {"timezone": zone, "week": week, "holidays": draw(st.lists(st.sampled_from(HOLIDAYS), max_size=2))}


@st.composite
def _intervals(draw: st.DrawFn) -> list[list[str]]:
    step = draw(st.sampled_from([1, 30, 30, 30]))
    count = draw(st.sampled_from([2, 2, 4]))
    edges = sorted(draw(st.lists(st.integers(0, 1440 // step), min_size=count, max_size=count, unique=True)))
    clock = [f"{edge * step // 60:02}:{edge * step % 60:02}" for edge in edges]
    return [clock[place : place + 2] for place in range(0, count, 2)]


@st.composite
def policies(draw: st.DrawFn) -> Json:
    """Targets short enough for the oracle's horizon; now and then none for a kind."""
    target = st.fixed_dictionaries(
        {"minutes": st.sampled_from([0, 0.5, 15, 60, 90, 240, 300, 600]), "calendar": st.sampled_from(["a", "b"])}
    )
    kinds = st.fixed_dictionaries({}, optional={"response": target, "resolution": target})
    return {
        "targets": {priority: draw(kinds) for priority in PRIORITIES},
        "pauses": {
            "response": draw(st.sampled_from([[], ["wait"]])),
            "resolution": draw(st.sampled_from([[], ["wait"], ["wait", "vendor"]])),
        },
        "on_priority_change": draw(st.sampled_from(["retroactive", "prospective"])),
        "on_reopen": draw(st.sampled_from(["resume", "restart"])),
    }


@st.composite
def _happening(draw: st.DrawFn, moment: datetime, resolved: bool) -> Json:
    kind = draw(st.sampled_from(["status", "status", "reply", "priority", "priority", "excluded", "turn"]))
    event: Json = {"at": stamped(moment)}
    if kind == "turn":
        turn = {"type": "reopened", "status": draw(st.sampled_from(STATUSES[:3]))} if resolved else {"type": "resolved"}
        return event | turn
    if kind == "status":
        return event | {"type": kind, "status": draw(st.sampled_from(STATUSES))}
    if kind == "priority":
        return event | {"type": kind, "priority": draw(st.sampled_from(PRIORITIES))}
    if kind == "reply":
        by, public = draw(st.sampled_from(["staff", "staff", "client"])), draw(st.booleans())
        return event | {"type": kind, "by": by, "public": public, "automatic": not draw(st.integers(0, 2))}
    event |= {"type": kind, "category": draw(st.sampled_from(["force_majeure", "maintenance"]))}
    event["targets"] = draw(st.sampled_from([["resolution"], ["response"], ["response", "resolution"]]))
    if draw(st.integers(0, 2)):
        event["until"] = stamped(moment + timedelta(minutes=draw(st.integers(1, 900))))
    return event
