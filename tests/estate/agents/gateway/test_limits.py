# SPDX-License-Identifier: Apache-2.0
from hypothesis import given
from hypothesis import strategies as st

from steward.estate.agents.gateway.limits import Shares


def test_a_burst_is_let_through_and_then_the_rate_holds() -> None:
    shares = Shares(rate=10, burst_seconds=2)
    assert shares.take(1, 20, now=0) == 0
    assert shares.take(1, 5, now=0) == 1
    assert shares.take(1, 5, now=0.5) == 0
    assert shares.take(1, 5, now=0.6) == 1


def test_one_client_does_not_take_from_another() -> None:
    shares = Shares(rate=10, burst_seconds=1)
    assert shares.take(1, 10, now=0) == 0
    assert shares.take(1, 10, now=0) > 0
    assert shares.take(2, 10, now=0) == 0


def test_more_than_fits_is_taken_once_and_paid_for_after() -> None:
    shares = Shares(rate=10, burst_seconds=1)
    assert shares.take(1, 100, now=0) == 0
    assert shares.take(1, 1, now=1) == 9


@given(st.lists(st.tuples(st.floats(0, 5), st.floats(1, 50)), max_size=60))
def test_nobody_gets_more_than_the_rate_and_the_burst(asks: list[tuple[float, float]]) -> None:
    shares, now, taken = Shares(rate=10, burst_seconds=3), 0.0, 0.0
    for wait, amount in asks:
        now += wait
        if shares.take(1, amount, now=now) == 0:
            taken += amount
    # One ask larger than what is left may run into debt by what exceeds the bucket's room.
    assert taken <= 30 + 10 * now + 50
