# SPDX-License-Identifier: Apache-2.0
"""The promise bar's places, by hand and for any story."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.ui.promise import Bar, Kind, Stretch, compact, full
from steward.core.ui.specimens import story

EIGHT_HOURS = timedelta(hours=8)
stretches = st.builds(Stretch, st.sampled_from(list(Kind)), st.timedeltas(timedelta(minutes=1), timedelta(days=9)))


def number(percent: str) -> float:
    assert percent.endswith("%")
    return float(percent[:-1])


def places(bar: Bar) -> list[tuple[str, str, str]]:
    return [(rect.css, rect.x, rect.width) for rect in bar.rects]


def test_open_time_is_drawn_to_scale() -> None:
    bar = compact(story("count 2h todo 6h"), EIGHT_HOURS)
    assert places(bar) == [("s-count", "0.00%", "25.00%"), ("s-todo", "25.00%", "75.00%")]
    assert [(tick.x, tick.hit) for tick in bar.ticks] == [("50.00%", False), ("75.00%", False), ("90.00%", False)]
    assert (bar.due_x, bar.now_x) == ("100.00%", "25.00%")


def test_every_night_has_one_width_whatever_its_length() -> None:
    bar = compact(story("count 1h out 14h count 1h out 62h todo 6h"), EIGHT_HOURS)
    assert [number(rect.width) for rect in bar.rects if rect.css == "s-out"] == [4.5, 4.5]
    assert sum(number(rect.width) for rect in bar.rects) == pytest.approx(100, abs=0.05)


def test_ticks_stand_at_counted_time_and_skip_what_does_not_count() -> None:
    bar = compact(story("count 6h10m pause 1h count 20m todo 1h30m"), EIGHT_HOURS)
    half, three_quarters, nine_tenths = bar.ticks
    assert number(half.x) == pytest.approx(4 / 9 * 100, abs=0.01)
    assert number(three_quarters.x) == pytest.approx(6 / 9 * 100, abs=0.01)
    assert number(nine_tenths.x) == pytest.approx((7.2 + 1) / 9 * 100, abs=0.01)
    assert [tick.hit for tick in bar.ticks] == [True, True, False]


def test_due_stands_before_the_end_when_it_is_over() -> None:
    bar = compact(story("count 8h over 50m"), EIGHT_HOURS)
    assert number(bar.due_x) == pytest.approx(8 / (8 + 50 / 60) * 100, abs=0.01)
    assert bar.now_x == "100.00%"
    assert float(bar.rects[-1].height) > float(bar.rects[0].height)


def test_nobody_knows_when_a_paused_clock_is_due() -> None:
    assert compact(story("count 2h pause 1h todo 6h"), EIGHT_HOURS, has_due=False).due_x == ""


def test_a_promise_without_a_length_is_refused() -> None:
    with pytest.raises(ValueError, match="longer than nothing"):
        compact([], timedelta())


@given(st.lists(stretches, min_size=1, max_size=40))
def test_the_pieces_of_any_story_touch_and_fill_the_bar(told: list[Stretch]) -> None:
    for bar in (compact(told, EIGHT_HOURS), full(told, EIGHT_HOURS)):
        end = 0.0
        for rect in bar.rects:
            assert number(rect.x) == pytest.approx(end, abs=0.02 + 0.01 * len(told))
            assert number(rect.width) >= 0
            end = number(rect.x) + number(rect.width)
        closed = sum(each.kind in (Kind.OUTSIDE, Kind.TODO_OUTSIDE) for each in told)
        if closed < len(told):
            assert end == pytest.approx(100, abs=0.02 + 0.01 * len(told))
        assert [number(tick.x) for tick in bar.ticks] == sorted(number(tick.x) for tick in bar.ticks)
        assert 0 <= number(bar.now_x) <= 100.5
