# SPDX-License-Identifier: Apache-2.0
import random

import numpy as np
import pytest

from steward.core.recovery.cutting import _GEAR, _WINDOW, LEAST, MOST, _hashes, chunks_of


def content(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def test_the_chunks_are_the_stream_and_have_the_sizes_they_should() -> None:
    whole = content(1, 12_000_000)
    chunks = list(chunks_of(whole[at : at + 70_000] for at in range(0, len(whole), 70_000)))
    assert b"".join(chunks) == whole
    assert all(LEAST <= len(each) <= MOST for each in chunks[:-1])
    assert len(chunks) > 5


def test_how_the_stream_comes_in_pieces_changes_no_cut() -> None:
    whole = content(2, 6_000_000)
    assert list(chunks_of([whole])) == list(chunks_of(whole[at : at + 9_999] for at in range(0, len(whole), 9_999)))


def test_what_is_put_in_the_middle_moves_no_later_cut() -> None:
    whole = content(3, 12_000_000)
    before = set(chunks_of([whole]))
    after = list(chunks_of([whole[:3_000_000] + b"a row that was added" + whole[3_000_000:]]))
    assert len([each for each in after if each not in before]) <= 3


@pytest.mark.parametrize("size", [0, 1, LEAST - 1, LEAST, LEAST + 1])
def test_a_small_stream_is_one_chunk_and_an_empty_one_none(size: int) -> None:
    whole = b"x" * size
    assert list(chunks_of([whole])) == ([whole] if size else [])


def test_the_hash_of_a_window_is_the_plain_sum() -> None:
    block = content(4, 200)
    found = _hashes(np.frombuffer(block, dtype=np.uint8))
    for at in range(_WINDOW - 1, len(block)):
        window = block[at - _WINDOW + 1 : at + 1]
        plain = sum(int(_GEAR[byte]) << (_WINDOW - 1 - place) for place, byte in enumerate(window))
        assert int(found[at]) == plain % (1 << 32)
