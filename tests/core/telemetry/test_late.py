# SPDX-License-Identifier: Apache-2.0
"""Which hours of which clients are late, beside the slow way."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from steward.core.telemetry.write import distinct_pairs

PAIR = st.tuples(st.integers(0, 2**32 - 1), st.integers(-(10**6), 10**7))


@given(st.lists(PAIR, max_size=50), st.lists(PAIR, max_size=3))
def test_each_pair_once_and_in_order(pairs: list[tuple[int, int]], often: list[tuple[int, int]]) -> None:
    given_pairs = [*pairs, *often, *often]
    clients = np.array([client for client, _ in given_pairs], np.uint32)
    hours = np.array([hour for _, hour in given_pairs], np.int64)
    assert distinct_pairs(clients, hours) == sorted(set(given_pairs))
