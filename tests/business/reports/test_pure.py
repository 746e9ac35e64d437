# SPDX-License-Identifier: Apache-2.0
"""Months, stretches, trends, shares and differences: values in, values out."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.business.reports.figures import percent
from steward.business.reports.frozen import differences, digest
from steward.business.reports.month import Month
from steward.business.reports.stretches import Break, State, Stretch, cut, stretches
from steward.business.reports.trend import trend

MINUTE = 60_000
ALLOWED = 3 * MINUTE


def test_a_month_is_cut_by_the_clocks_of_its_zone() -> None:
    october = Month.parse("2026-10", "Europe/London")
    assert (october.start, october.end) == (
        datetime(2026, 9, 30, 23, tzinfo=UTC),  # summer time
        datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert len(list(october.days())) == 31
    assert max(end - start for _day, start, end in october.days()) == timedelta(hours=25)
    assert Month.parse("2026-12", "UTC").end == datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="does not match"):
        Month.parse("2026-13", "UTC")


def test_without_any_sample_nobody_knows() -> None:
    assert stretches([], 0, 10 * MINUTE, ALLOWED) == [Stretch(State.GAP, 0, 10 * MINUTE)]


def test_a_break_is_down_only_until_the_machine_was_started() -> None:
    # Silent from minute 10 to 40, started at minute 30 and measured again ten minutes later.
    found = stretches([Break(10 * MINUTE, 40 * MINUTE, uptime=600.0)], 0, 60 * MINUTE, ALLOWED)
    assert found == [
        Stretch(State.UP, 0, 10 * MINUTE),
        Stretch(State.DOWN, 10 * MINUTE, 30 * MINUTE),
        Stretch(State.GAP, 30 * MINUTE, 40 * MINUTE),
        Stretch(State.UP, 40 * MINUTE, 60 * MINUTE),
    ]


def test_a_break_of_a_machine_that_ran_on_is_a_gap_and_a_short_one_is_none() -> None:
    ran_on = Break(10 * MINUTE, 40 * MINUTE, uptime=86_400.0)
    assert [each.state for each in stretches([ran_on], 0, 60 * MINUTE, ALLOWED)] == [State.UP, State.GAP, State.UP]
    short = Break(10 * MINUTE, 13 * MINUTE, uptime=60.0)
    assert stretches([short], 0, 60 * MINUTE, ALLOWED) == [Stretch(State.UP, 0, 60 * MINUTE)]


def test_before_the_first_and_after_the_last_sample_nobody_knows() -> None:
    edges = [Break(None, 10 * MINUTE, uptime=5.0), Break(50 * MINUTE, None)]
    assert [(each.state, each.seconds) for each in stretches(edges, 0, 60 * MINUTE, ALLOWED)] == [
        (State.GAP, 600.0),
        (State.UP, 2400.0),
        (State.GAP, 600.0),
    ]


@given(
    st.lists(st.integers(-500, 1500), unique=True, min_size=1, max_size=40).map(sorted),
    st.lists(st.integers(0, 600), min_size=40, max_size=40),
)
def test_stretches_cover_the_month_and_agree_with_every_minute(at: list[int], uptimes: list[int]) -> None:
    """Against a slow oracle that looks at each minute by itself."""
    start, end = 0, 1000
    samples = [(minute * MINUTE, uptimes[place] * 60.0) for place, minute in enumerate(at)]
    breaks = [Break(None, *samples[0])]
    breaks += [Break(before[0], after[0], after[1]) for before, after in pairwise(samples)]
    breaks.append(Break(samples[-1][0], None))
    found = stretches(breaks, start * MINUTE, end * MINUTE, ALLOWED)
    assert found[0].start == start * MINUTE
    assert found[-1].end == end * MINUTE
    assert all(one.end == two.start and one.state is not two.state for one, two in pairwise(found))
    for minute in range(start, end):
        [held] = cut(found, minute * MINUTE, (minute + 1) * MINUTE)
        assert held.state is _oracle(minute, at, uptimes, start, end), minute


def _oracle(minute: int, at: list[int], uptimes: list[int], start: int, end: int) -> State:
    before = max((each for each in at if each <= minute), default=None)
    after = min((each for each in at if each > minute), default=None)
    if before is None:
        return State.GAP if after is not None and after - start > 3 else State.UP
    if after is None:
        return State.GAP if end - before > 3 else State.UP
    if after - before <= 3:
        return State.UP
    booted = after - uptimes[at.index(after)]
    if booted <= before:
        return State.GAP
    if minute < booted:
        return State.DOWN
    return State.GAP if after - booted > 3 else State.UP


def test_a_trend_leaves_out_days_without_measurements() -> None:
    found = trend([10.0, None, 14.0, 16.0])
    assert found is not None
    assert (found.start, found.end, found.per_day, found.days) == (10.0, 16.0, 2.0, 3)
    assert trend([None, None]) is None
    alone = trend([None, 5.0])
    assert alone is not None
    assert alone.per_day is None


def test_a_share_is_none_of_nothing_and_never_rounded_to_all() -> None:
    assert percent(0, 0) is None
    assert percent(99_999, 100_000) == 99.99
    assert percent(1, 100_000) == 0.01
    assert percent(1, 3) == 33.33


def test_differences_name_each_figure_that_changed_came_or_went() -> None:
    def content(*figures: tuple[str, int]) -> dict[str, object]:
        said = [{"slug": slug, "value": value, "n": value, "unit": "count"} for slug, value in figures]
        return {"sections": [{"slug": "alerts", "figures": said, "facts": {}, "fault": ""}]}

    found = differences(content(("all", 3), ("false", 1), ("gone", 1)), content(("all", 4), ("false", 1), ("new", 2)))
    assert [each.name for each in found] == ["alerts.all", "alerts.new", "alerts.gone"]
    assert found[1].before is None
    assert found[2].after is None


def test_the_hash_sees_each_value_and_no_order() -> None:
    rows = [["a", 1], ["b", 2]]
    assert digest({"x": 1, "y": 2}, rows) == digest({"y": 2, "x": 1}, rows[::-1])
    assert digest({"x": 1}, rows) != digest({"x": 2}, rows)
    assert digest({"x": 1}, rows) != digest({"x": 1}, [["a", 1], ["b", 3]])
