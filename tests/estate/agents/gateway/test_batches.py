# SPDX-License-Identifier: Apache-2.0
from array import array

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.protocol.samples import Codec, Columns, encode_samples, read_header

from steward.estate.agents.gateway.batches import AHEAD_MS, KEPT_MS, Batch, BatchId, Judged, Owners, judge

NOW = 1_790_000_000_000
BOOT = b"b" * 16
OWNERS = Owners(np.array([0, 1, 1, 2], np.uint32), np.array([0, 11, 11, 12], np.uint32))


def batch(
    agent: int, samples: list[tuple[int, int, float]], sequence: int = 1, codec: Codec = Codec.NONE, base: int = NOW
) -> Batch:
    columns = Columns(
        array("I", [s for s, _, _ in samples]),
        array("i", [t - base for _, t, _ in samples]),
        array("d", [v for *_, v in samples]),
    )
    body = encode_samples(BOOT, sequence, base, columns, codec)
    return Batch(BatchId(agent, BOOT, sequence), read_header(body), body)


def rows(judged: Judged) -> list[tuple[int, int, int, float]]:
    if judged.block is None:
        return []
    block = judged.block
    return list(zip(block.client.tolist(), block.sid.tolist(), block.ts.tolist(), block.v.tolist(), strict=True))


@pytest.mark.parametrize("codec", list(Codec))
def test_samples_go_to_the_client_of_their_series(codec: Codec) -> None:
    first = batch(1, [(1, NOW, 1.5), (2, NOW - 1000, 2.5)] * 40, codec=codec)
    second = batch(2, [(3, NOW, 3.5)], sequence=2)
    judged = judge([first, second], OWNERS, NOW)
    assert rows(judged) == [(11, 1, NOW, 1.5), (11, 2, NOW - 1000, 2.5)] * 40 + [(12, 3, NOW, 3.5)]
    assert not judged.unknown
    assert not judged.set_aside


@pytest.mark.parametrize("sid", [0, 3, 4, 2**32 - 1])
def test_a_series_of_somebody_else_refuses_the_whole_batch_and_no_other(sid: int) -> None:
    bad, good = batch(1, [(1, NOW, 1.0), (sid, NOW, 2.0)]), batch(2, [(3, NOW, 3.0)], sequence=2)
    judged = judge([bad, good], OWNERS, NOW)
    assert judged.unknown == {bad.id}
    assert rows(judged) == [(12, 3, NOW, 3.0)]


def test_times_that_cannot_be_right_are_set_aside_and_counted() -> None:
    samples = [(1, NOW, 1.0), (1, NOW + AHEAD_MS, 2.0), (1, NOW + AHEAD_MS + 1, 3.0), (2, NOW + AHEAD_MS + 9, 4.0)]
    one = batch(1, samples)
    judged = judge([one], OWNERS, NOW)
    assert [row[2] for row in rows(judged)] == [NOW, NOW + AHEAD_MS]
    aside = judged.set_aside[one.id]
    assert (aside.counts, aside.first_ms, aside.last_ms) == ({"future": 2}, NOW + AHEAD_MS + 1, NOW + AHEAD_MS + 9)


def test_what_is_older_than_it_would_be_kept_is_set_aside() -> None:
    one = batch(1, [(1, NOW - KEPT_MS, 1.0), (1, NOW - KEPT_MS - 1, 2.0)], base=NOW - KEPT_MS)
    judged = judge([one], OWNERS, NOW)
    assert [row[3] for row in rows(judged)] == [1.0]
    assert judged.set_aside[one.id].counts == {"too_old": 1}


@pytest.mark.parametrize("base", [2**63 - 1, -(2**63)])
def test_a_clock_beyond_all_bounds_wraps_around_nowhere(base: int) -> None:
    body = encode_samples(
        BOOT, 1, base, Columns(array("I", [1]), array("i", [2**31 - 1 if base > 0 else -(2**31)]), array("d", [1.0]))
    )
    judged = judge([Batch(BatchId(1, BOOT, 1), read_header(body), body)], OWNERS, NOW)
    assert judged.block is None
    assert sum(judged.set_aside[BatchId(1, BOOT, 1)].counts.values()) == 1


def test_values_that_are_no_numbers_are_set_aside() -> None:
    one = batch(1, [(1, NOW, 1.0), (1, NOW - 1, 2.0)])
    body = one.body[:-8] + np.array([np.nan], "<f8").tobytes()
    judged = judge([Batch(one.id, one.header, body)], OWNERS, NOW)
    assert [row[3] for row in rows(judged)] == [1.0]
    assert judged.set_aside[one.id].counts == {"not_finite": 1}


def test_columns_that_do_not_open_refuse_their_batch_alone() -> None:
    good = batch(2, [(3, NOW, 3.0)], sequence=2)
    bad = batch(1, [(1, NOW, 1.0)] * 50, codec=Codec.ZSTD)
    bad = Batch(bad.id, bad.header, bad.body[:-3])
    judged = judge([bad, good], OWNERS, NOW)
    assert set(judged.malformed) == {bad.id}
    assert rows(judged) == [(12, 3, NOW, 3.0)]


def test_nothing_to_store_is_no_block() -> None:
    assert judge([], OWNERS, NOW).block is None
    assert judge([batch(2, [(1, NOW, 1.0)])], OWNERS, NOW).block is None


def test_a_token_names_the_content_alone() -> None:
    def token(value: float, sequence: int) -> str:
        block = judge([batch(1, [(1, NOW, value)], sequence=sequence)], OWNERS, NOW).block
        assert block is not None
        return block.token

    assert token(1.0, 1) == token(1.0, 2)
    assert token(1.0, 1) != token(2.0, 1)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 2),
            st.lists(
                st.tuples(st.integers(0, 5), st.integers(NOW - 10, NOW + AHEAD_MS + 10), st.floats(-1e9, 1e9)),
                min_size=1,
                max_size=8,
            ),
        ),
        max_size=6,
    )
)
def test_judging_equals_looking_at_one_sample_after_the_other(
    given_batches: list[tuple[int, list[tuple[int, int, float]]]],
) -> None:
    batches = [batch(agent, samples, sequence=number) for number, (agent, samples) in enumerate(given_batches)]
    expected, aside = [], 0
    for agent, samples in given_batches:
        if all(sid < 4 and OWNERS.agent[sid] == agent for sid, _, _ in samples):
            expected += [(int(OWNERS.client[sid]), sid, ts, v) for sid, ts, v in samples if ts <= NOW + AHEAD_MS]
            aside += sum(ts > NOW + AHEAD_MS for _, ts, _ in samples)
    judged = judge(batches, OWNERS, NOW)
    assert rows(judged) == expected
    assert sum(sum(each.counts.values()) for each in judged.set_aside.values()) == aside
