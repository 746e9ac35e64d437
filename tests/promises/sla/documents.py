# SPDX-License-Identifier: Apache-2.0
"""Documents for the clock: the one of the specification, and any that dice draw, with times at whole minutes or at any second."""

import copy
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

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


def example() -> Json:
    """The document of the specification, to be changed at will."""
    return copy.deepcopy(EXAMPLE)


@dataclass(frozen=True, slots=True)
class Change:
    """An instant at which a zone's clock changes."""

    zone: str
    at: str


NORTH = [
    Change("Europe/Berlin", "2026-03-29T01:00:00Z"),
    Change("Europe/Berlin", "2026-10-25T01:00:00Z"),
    Change("America/New_York", "2026-03-08T07:00:00Z"),
    Change("America/New_York", "2026-11-01T06:00:00Z"),
]
SOUTH = [
    Change("Australia/Lord_Howe", "2026-04-04T15:00:00Z"),  # half an hour back
    Change("Australia/Lord_Howe", "2026-10-03T15:30:00Z"),
    Change("Australia/Sydney", "2026-04-04T16:00:00Z"),
    Change("America/Santiago", "2026-09-06T04:00:00Z"),
]
PLAIN = ["Europe/Istanbul", "UTC", "Asia/Kolkata"]
PRIORITIES = ["P1", "P2", "P3"]
STATUSES = ["new", "wait", "vendor", "go"]


@dataclass(frozen=True, slots=True)
class Scale:
    """How long things last, in seconds; everything is a multiple of `step`, except what is promised."""

    step: int
    before: int  # at most from the opening to the edge that the document is drawn around
    between: int  # at most from one event to the next
    usual: tuple[int, ...]  # what lies between them as often
    after: int  # at most from the last event to now
    minutes: tuple[float, ...]  # what is promised
    notches: tuple[int, ...]  # opening hours are multiples of one of these, in minutes


BY_MINUTE = Scale(
    60, 120_000, 54_000, (0, 0, 60, 1_800, 3_600, 10_800), 90_000, (0, 0.5, 15, 60, 90, 240, 300, 600), (1, 30, 30, 30)
)
BY_SECOND = Scale(1, 5_400, 1_500, (0, 0, 1, 59, 60, 61), 3_600, (0, 0.25, 0.5, 1, 7.35, 20.1, 45, 61), (1, 15, 30))


def document(dice: Random, scale: Scale = BY_MINUTE) -> Json:
    """Two calendars, three priorities, up to ten events around a clock change, an opening, a closing or a midnight."""
    return batch(dice, scale, 1)[0]


def batch(dice: Random, scale: Scale, count: int, most: int = 9) -> list[Json]:
    """Documents of one policy, each with its own life of at most `most` events after it was opened."""
    zone, edge, calendar = _edge(dice, scale)
    other = dice.choice([zone, dice.choice(NORTH + SOUTH).zone, dice.choice(PLAIN)])
    lives = [_life(dice, scale, edge, most) for _ in range(count)]
    first, now = oracle.second(lives[0][0][0]["at"]), oracle.second(lives[0][1])
    span = max(now - first, scale.step)
    shared = {
        "calendars": {
            "a": _versions(dice, scale, calendar, edge, first, span),
            "b": _versions(dice, scale, _hours(dice, scale, other, edge), edge, first, span),
        },
        "policy": _policy(dice, scale),
    }
    return [{**shared, "events": events, "now": now} for events, now in lives]


def _life(dice: Random, scale: Scale, edge: int, most: int) -> tuple[list[Json], str]:
    """What happened to a ticket, and now."""
    first = moment = edge - _steps(dice, scale, scale.before)
    opened = {"type": "opened", "priority": dice.choice(PRIORITIES), "status": dice.choice(["new", "new", "wait"])}
    events: list[Json] = [{"at": stamped(moment)} | opened]
    resolved = False
    for _ in range(dice.randint(0, most)):
        moment += _pause(dice, scale)
        event = {"at": stamped(moment)} | _happening(dice, scale, moment, resolved)
        resolved = {"resolved": True, "reopened": False}.get(event["type"], resolved)
        events.append(event)
    ends = [oracle.second(each["until"]) for each in events if "until" in each]
    later = [moment - scale.between // 3, moment, moment + scale.step, moment + _steps(dice, scale, scale.after)]
    return events, stamped(max(dice.choice([*later, edge, *ends[-1:]]), first))


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """The same, drawn so that a fault is made small."""
    return document(draw(st.randoms(use_true_random=False)))


def stamped(moment: int) -> str:
    """As a document writes it."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _steps(dice: Random, scale: Scale, most: int) -> int:
    return dice.randint(0, most // scale.step) * scale.step


def _pause(dice: Random, scale: Scale) -> int:
    """From one event to the next: any time, or just what was promised."""
    promised = [int(minutes * 60) for minutes in scale.minutes if minutes * 60 % scale.step == 0]
    return dice.choice([dice.choice(scale.usual), _steps(dice, scale, scale.between), dice.choice(promised)])


def _edge(dice: Random, scale: Scale) -> tuple[str, int, Json]:
    """A zone, an instant at which something changes in it, and hours of the zone."""
    if dice.randint(0, 2):
        change = dice.choice(dice.choice([NORTH, NORTH, SOUTH, SOUTH[:2]]))
        at = oracle.second(change.at)
        return change.zone, at, _hours(dice, scale, change.zone, at)
    zone = dice.choice([*PLAIN, NORTH[0].zone, SOUTH[0].zone])
    noon = datetime(2026, dice.randint(1, 12), dice.randint(1, 28), 12, tzinfo=ZoneInfo(zone))
    hours = _hours(dice, scale, zone, int(noon.timestamp()))
    clocks = [clock for pair in hours.get("week", {}).get(oracle.DAYS[noon.weekday()], []) for clock in pair]
    minute = oracle.minute_of_day(dice.choice([*clocks, "00:00"]))
    midnight = datetime.combine(noon.date(), time(), ZoneInfo(zone))
    return zone, int(midnight.timestamp()) + minute * 60, hours


def _hours(dice: Random, scale: Scale, zone: str, around: int) -> Json:
    if not dice.randint(0, 5):
        return {"timezone": zone, "always": True}
    days = {day: _intervals(dice, scale) for day in oracle.DAYS if dice.randint(0, 3)}
    day = datetime.fromtimestamp(around, ZoneInfo(zone)).date()
    holidays = {(day + timedelta(days=dice.randint(-1, 3))).isoformat() for _ in range(dice.choice([0, 0, 1, 2]))}
    return {"timezone": zone, "week": days or {"mon": [["09:00", "17:00"]]}, "holidays": sorted(holidays)}


def _intervals(dice: Random, scale: Scale) -> list[list[str]]:
    notch, count = dice.choice(scale.notches), dice.choice([2, 2, 4])
    edges = sorted(dice.sample(range(1440 // notch + 1), count))
    clock = [f"{edge * notch // 60:02}:{edge * notch % 60:02}" for edge in edges]
    return [clock[place : place + 2] for place in range(0, count, 2)]


def _versions(dice: Random, scale: Scale, first: Json, edge: int, opened: int, span: int) -> Json:
    """A calendar, sometimes with a second version from within the time looked at."""
    if dice.randint(0, 3):
        return first
    second = _hours(dice, scale, first["timezone"], edge)
    since = [opened - 86_400, opened + _steps(dice, scale, span)]
    return {"versions": [{"valid_from": stamped(at)} | each for at, each in zip(since, [first, second], strict=True)]}


def _policy(dice: Random, scale: Scale) -> Json:
    """Targets short enough for the oracle; now and then none for a kind."""

    def targets() -> Json:
        kinds = ["response", "resolution"] if dice.randint(0, 7) else [dice.choice(["response", "resolution"])]
        return {kind: {"minutes": dice.choice(scale.minutes), "calendar": dice.choice("aab")} for kind in kinds}

    return {
        "targets": {priority: targets() for priority in PRIORITIES},
        "pauses": {
            "response": dice.choice([[], ["wait"]]),
            "resolution": dice.choice([[], ["wait"], ["wait", "vendor"]]),
        },
        "on_priority_change": dice.choice(["retroactive", "prospective"]),
        "on_reopen": dice.choice(["resume", "restart"]),
    }


def _happening(dice: Random, scale: Scale, moment: int, resolved: bool) -> Json:
    kind = dice.choice(["status", "status", "reply", "priority", "priority", "excluded", "turn", "turn"])
    if kind == "turn":
        return {"type": "reopened", "status": dice.choice(STATUSES[:3])} if resolved else {"type": "resolved"}
    if kind == "status":
        return {"type": kind, "status": dice.choice(STATUSES)}
    if kind == "priority":
        return {"type": kind, "priority": dice.choice(PRIORITIES)}
    if kind == "reply":
        by, public, automatic = dice.choice(["staff", "staff", "client"]), dice.random() < 0.5, dice.random() < 0.3
        return {"type": kind, "by": by, "public": public, "automatic": automatic}
    event: Json = {"type": kind, "category": dice.choice(["force_majeure", "maintenance"])}
    event["targets"] = dice.choice([["resolution"], ["response"], ["response", "resolution"]])
    if dice.randint(0, 2):
        event["until"] = stamped(moment + scale.step + _steps(dice, scale, scale.between))
    return event
