# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steward.desk.oncall.schedule import Interval, Rotation, Shift, Unit, final_schedule, gaps, on_duty
from tests.desk.oncall import schedule_oracle as oracle
from tests.desk.oncall.schedule_oracle import utc

TESS, OMAR, DENIZ = 1, 2, 3
# A night in each whose clock changes, where the zone has one, and what is odd about it.
NIGHTS = {
    "Europe/Istanbul": ["2026-03-29", "2015-11-08"],
    "Europe/Berlin": ["2026-03-29", "2026-10-25"],
    "America/New_York": ["2026-03-08", "2026-11-01"],
    "Australia/Lord_Howe": ["2026-10-04", "2026-04-05"],  # half an hour
    "Pacific/Apia": ["2011-12-30"],  # a day that never was
    "Africa/Casablanca": ["2026-02-15", "2026-03-22"],  # back for Ramadan
    "Asia/Kathmandu": ["2026-06-01"],
    "UTC": ["2026-01-01"],
}


@st.composite
def zones_and_nights(draw: st.DrawFn) -> tuple[str, date]:
    zone = draw(st.sampled_from(sorted(NIGHTS)))
    return zone, date.fromisoformat(draw(st.sampled_from(NIGHTS[zone])))


@st.composite
def stories(draw: st.DrawFn) -> tuple[Rotation, list[Shift], Interval]:
    """A rotation, overrides in the order in which they were made, and a window about a night of a clock change."""
    zone, night = draw(zones_and_nights())
    unit = draw(st.sampled_from(Unit))
    rotation = Rotation(
        people=tuple(draw(st.lists(st.integers(1, 4), max_size=4))),
        unit=unit,
        length=draw(st.integers(1, 30 if unit is Unit.HOURS else 3)),
        zone=zone,
        starts_on=night - timedelta(days=draw(st.integers(-1, 40))),
        handover=time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 0, 15, 30, 59]))),
    )
    begins = datetime.combine(night, time(), UTC) + timedelta(minutes=draw(st.integers(-2000, 2000)))
    window = Interval(begins, begins + timedelta(minutes=draw(st.integers(0, 2500))))
    overrides = []
    for _each in range(draw(st.integers(0, 4))):
        starts = begins + timedelta(minutes=draw(st.integers(-600, 2500)))
        ends = starts + timedelta(minutes=draw(st.integers(1, 1500)))
        overrides.append(Shift(draw(st.integers(1, 6)), starts, ends))
    return rotation, overrides, window


@settings(max_examples=150, deadline=None)
@given(stories())
def test_every_minute_has_the_person_the_oracle_says(story: tuple[Rotation, list[Shift], Interval]) -> None:
    rotation, overrides, window = story
    shifts = final_schedule(rotation, overrides, window)
    for minute, expected in oracle.people(rotation, overrides, window):
        found = next((each.person_id for each in shifts if each.starts_at <= minute < each.ends_at), None)
        assert found == expected == on_duty(rotation, overrides, minute), minute


@settings(max_examples=300, deadline=None)
@given(stories())
def test_shifts_do_not_overlap_and_leave_no_gap_where_somebody_takes_turns(
    story: tuple[Rotation, list[Shift], Interval],
) -> None:
    rotation, overrides, window = story
    shifts = final_schedule(rotation, overrides, window)
    assert all(window.starts_at <= each.starts_at < each.ends_at <= window.ends_at for each in shifts)
    for before, after in pairwise(shifts):
        assert before.ends_at <= after.starts_at
        assert before.ends_at < after.starts_at or before.person_id != after.person_id
    if rotation.people and rotation.handover_at(0) <= window.starts_at < window.ends_at:
        assert gaps(shifts, window) == []
        assert (shifts[0].starts_at, shifts[-1].ends_at) == (window.starts_at, window.ends_at)


@settings(max_examples=300, deadline=None)
@given(stories())
def test_shifts_and_gaps_fill_the_window(story: tuple[Rotation, list[Shift], Interval]) -> None:
    rotation, overrides, window = story
    shifts = final_schedule(rotation, overrides, window)
    pieces = sorted(
        [(s.starts_at, s.ends_at) for s in shifts] + [(g.starts_at, g.ends_at) for g in gaps(shifts, window)]
    )
    assert sum((end - start for start, end in pieces), timedelta(0)) == window.ends_at - window.starts_at


def weekly(**changes: object) -> Rotation:
    values: dict[str, object] = {
        "people": (TESS, OMAR),
        "unit": Unit.DAYS,
        "length": 1,
        "zone": "Europe/Berlin",
        "starts_on": date(2026, 3, 1),
        "handover": time(8),
    }
    return Rotation(**(values | changes))  # type: ignore[arg-type]  # put together by name


@pytest.mark.parametrize(
    ("zone", "night", "hours"),
    [
        ("Europe/Berlin", date(2026, 3, 28), 23),
        ("Europe/Berlin", date(2026, 10, 24), 25),
        ("America/New_York", date(2026, 3, 7), 23),
        ("America/New_York", date(2026, 10, 31), 25),
        ("Australia/Lord_Howe", date(2026, 4, 4), 24.5),
        ("Australia/Lord_Howe", date(2026, 10, 3), 23.5),
        ("Europe/Istanbul", date(2026, 3, 28), 24),
    ],
)
def test_the_day_of_a_clock_change_is_longer_or_shorter(zone: str, night: date, hours: float) -> None:
    rotation = weekly(zone=zone)
    begins = datetime.combine(night, time(8), ZoneInfo(zone)).astimezone(UTC)
    (shift, *_rest) = rotation.shifts(Interval(begins, begins + timedelta(days=3)))
    assert (shift.ends_at - shift.starts_at) / timedelta(hours=1) == hours


def test_a_handover_in_the_hour_that_is_skipped_comes_when_the_clock_jumps() -> None:
    rotation = weekly(handover=time(2, 30))
    number = rotation.number_at(utc("2026-03-29 01:00"))
    assert rotation.handover_at(number) == utc("2026-03-29 01:00")


def test_an_hour_that_comes_twice_hands_over_once() -> None:
    rotation = weekly(handover=time(2, 30))
    shifts = rotation.shifts(Interval(utc("2026-10-24 12:00"), utc("2026-10-25 12:00")))
    assert [each.starts_at for each in shifts[1:]] == [utc("2026-10-25 00:30")]


def test_a_later_override_wins_over_an_earlier_one_even_if_it_begins_before() -> None:
    night = Interval(utc("2026-05-01 20:00"), utc("2026-05-02 06:00"))
    first = Shift(DENIZ, utc("2026-05-01 22:00"), utc("2026-05-02 02:00"))
    second = Shift(OMAR, utc("2026-05-01 21:00"), utc("2026-05-02 03:00"))
    found = final_schedule(weekly(people=(TESS,)), [first, second], night)
    assert [(each.person_id, each.starts_at, each.ends_at) for each in found] == [
        (TESS, night.starts_at, second.starts_at),
        (OMAR, second.starts_at, second.ends_at),
        (TESS, second.ends_at, night.ends_at),
    ]


def test_nobody_is_on_duty_before_the_first_handover_nor_in_an_empty_rotation() -> None:
    window = Interval(utc("2026-02-28 00:00"), utc("2026-03-02 00:00"))
    found = final_schedule(weekly(), [], window)
    assert gaps(found, window) == [Interval(window.starts_at, utc("2026-03-01 07:00"))]
    assert final_schedule(weekly(people=()), [], window) == []
    assert on_duty(weekly(people=()), [], window.ends_at) is None


def test_a_shift_of_no_length_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one unit"):
        weekly(length=0)
