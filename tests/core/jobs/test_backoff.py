# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.jobs.backoff import Backoff


def test_waits_grow_and_end() -> None:
    retry = Backoff(attempts=5, first=timedelta(seconds=2), factor=3, longest=timedelta(seconds=30), jitter=0)
    assert [retry.wait(failures) for failures in range(1, 7)] == [timedelta(seconds=s) for s in (2, 6, 18, 30)] + [
        None,
        None,
    ]


@given(st.integers(1, 400), st.floats(0, 1), st.floats(0, 0.99))
def test_jitter_shifts_a_wait_by_its_share_and_no_more(failures: int, chance: float, jitter: float) -> None:
    plain = Backoff(attempts=500, jitter=0).wait(failures, chance=chance)
    shifted = Backoff(attempts=500, jitter=jitter).wait(failures, chance=chance)
    assert plain is not None
    assert shifted is not None
    assert (
        plain * (1 - jitter) - timedelta(microseconds=2) <= shifted <= plain * (1 + jitter) + timedelta(microseconds=2)
    )


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"factor": 0.5}, {"jitter": 1}, {"jitter": -0.1}])
def test_a_back_off_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="back-off"):
        Backoff(**wrong)  # type: ignore[arg-type]  # wrong on purpose
