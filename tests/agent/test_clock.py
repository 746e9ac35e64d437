# SPDX-License-Identifier: Apache-2.0
"""The offset to the server's clock is measured to half a second and never applied to what was seen."""

from email.utils import formatdate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.clock import ServerClock

NOW = 1_767_225_600_400


@settings(deadline=None)
@given(st.integers(-(10**8), 10**8), st.integers(0, 400))
def test_the_offset_is_right_to_half_a_second_and_the_way_there(offset_ms, way_ms):
    clock = ServerClock(lambda: NOW)
    at_server = NOW + way_ms // 2 + offset_ms
    clock.observe(formatdate(at_server / 1000, usegmt=True), NOW, NOW + way_ms)
    assert clock.offset_s == pytest.approx(offset_ms / 1000, abs=0.5 + way_ms / 2000 + 0.06)


@pytest.mark.parametrize("date", [None, "", "yesterday", "Thu, 99 Foo 2026 00:00:00 GMT", "\x00"])
def test_an_unreadable_date_changes_nothing(date):
    clock = ServerClock(lambda: NOW)
    clock.observe(date, NOW, NOW)
    assert clock.offset_s is None
    assert clock.signing_ms() == NOW


def told(clock: ServerClock, offset_s: float) -> None:
    clock.observe(formatdate(NOW / 1000 + offset_s, usegmt=True), NOW, NOW)


def test_signatures_follow_the_server_only_where_they_would_not_be_let_in():
    clock = ServerClock(lambda: NOW)
    told(clock, 20)
    assert clock.signing_ms() == NOW
    told(clock, 86_400)
    assert clock.signing_ms() == pytest.approx(NOW + 86_400_000, abs=1000)
    assert clock.now_ms() == NOW


def test_a_clock_that_was_set_is_believed_at_once():
    clock = ServerClock(lambda: NOW)
    for _ in range(5):
        told(clock, 3600)
    told(clock, 0)
    assert clock.offset_s == pytest.approx(0, abs=1)


def test_one_odd_answer_does_not_sway_the_measure():
    clock = ServerClock(lambda: NOW)
    for offset in (1, 1, 25, 1, 1):
        told(clock, offset)
    assert clock.offset_s == pytest.approx(1, abs=1)
