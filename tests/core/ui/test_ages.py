# SPDX-License-Identifier: Apache-2.0
"""How long ago, in words."""

from datetime import timedelta

import pytest

from steward.core.ui.ages import age, length


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=11), "11 s"),
        (timedelta(seconds=59.9), "59 s"),
        (timedelta(minutes=2, seconds=59), "2 min"),
        (timedelta(hours=18, minutes=10), "18 h"),
        (timedelta(days=1, hours=20), "1 d 20 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=2, minutes=59), "2 d"),
        (timedelta(days=15, hours=5), "15 d"),
    ],
)
def test_a_length_has_the_units_that_decide(span: timedelta, words: str) -> None:
    assert length(span) == words
    assert length(-span) == words


def test_the_past_is_ago_and_the_future_lies_ahead() -> None:
    assert age(timedelta(minutes=2)) == "2 min ago"
    assert age(timedelta(minutes=-2)) == "in 2 min"
    assert age(timedelta(seconds=0.4)) == "now"
