# SPDX-License-Identifier: Apache-2.0
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Refused
from steward.promises.sla.durations import minutes_of, words_of


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("15 min", 15), ("4h", 240), ("1 h 30 min", 90), ("1,5 sa", 90), ("0.25 min", Decimal("0.25")), ("90 DK", 90)],
)
def test_lengths_are_read_as_people_write_them(text: str, minutes: Decimal) -> None:
    assert minutes_of("time", text) == minutes


@pytest.mark.parametrize("text", ["15", "soon", "0 min", "-5 min", "5 min x", "4 days", "1h?30min", "٣ min"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        minutes_of("time", text)
    assert caught.value.field == "time"


def test_nothing_is_nothing() -> None:
    assert minutes_of("time", "  ") is None


@given(st.decimals(min_value=Decimal("0.001"), max_value=Decimal(100_000), places=3))
def test_what_is_written_is_read_back(minutes: Decimal) -> None:
    assert minutes_of("time", words_of(minutes)) == minutes
