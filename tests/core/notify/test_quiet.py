# SPDX-License-Identifier: Apache-2.0
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.notify.quiet import quiet_until

BERLIN, ISTANBUL = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Istanbul")
START = datetime(2020, 1, 1, tzinfo=UTC)
clocks = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-21T21:59:59+03:00", None),
        ("2026-11-21T22:00:00+03:00", "2026-11-22T07:00:00+03:00"),
        ("2026-11-22T03:00:00+03:00", "2026-11-22T07:00:00+03:00"),
        ("2026-11-22T06:59:00+03:00", "2026-11-22T07:00:00+03:00"),
        ("2026-11-22T07:00:00+03:00", None),
    ],
)
def test_a_night_ends_in_the_morning(now: str, expected: str | None) -> None:
    found = quiet_until(datetime.fromisoformat(now), time(22), time(7), ISTANBUL)
    assert found == (datetime.fromisoformat(expected) if expected else None)


def test_quiet_hours_may_lie_within_a_day() -> None:
    noon = datetime(2026, 11, 21, 12, 30, tzinfo=ISTANBUL)
    assert quiet_until(noon, time(12), time(13), ISTANBUL) == noon + timedelta(minutes=30)
    assert quiet_until(noon + timedelta(hours=1), time(12), time(13), ISTANBUL) is None


def test_a_night_is_shorter_or_longer_when_the_clocks_change() -> None:
    for day, hours in ((datetime(2026, 3, 28, 22, tzinfo=BERLIN), 8), (datetime(2026, 10, 24, 22, tzinfo=BERLIN), 10)):
        end = quiet_until(day, time(22), time(7), BERLIN)
        assert end is not None
        assert end - day.astimezone(UTC) == timedelta(hours=hours)


def test_in_the_hour_that_comes_twice_the_end_still_lies_ahead() -> None:
    second = datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN)
    end = quiet_until(second, time(22), time(2, 45), BERLIN)
    assert end == datetime(2026, 10, 25, 2, 45, fold=1, tzinfo=BERLIN).astimezone(UTC)


def test_without_hours_nothing_is_quiet() -> None:
    now = datetime(2026, 11, 21, tzinfo=UTC)
    for begins, ends in ((None, None), (time(1), None), (None, time(1)), (time(0), time(0))):
        assert quiet_until(now, begins, ends, BERLIN) is None


@given(
    now=st.integers(0, 15 * 365 * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes)),
    begins=clocks,
    ends=clocks,
)
def test_an_end_lies_ahead_within_a_day_and_an_hour(now: datetime, begins: time, ends: time) -> None:
    end = quiet_until(now, begins, ends, BERLIN)
    if end is not None:
        assert now < end <= now + timedelta(hours=25)
        assert begins != ends
