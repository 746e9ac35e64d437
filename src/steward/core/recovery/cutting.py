# SPDX-License-Identifier: Apache-2.0
"""Streams cut into chunks where their content says so, so that what is inserted in the middle moves no later cut.

A gear hash (as in FastCDC, Xia et al., USENIX ATC 2016) over the last 32 bytes, reckoned for whole blocks at once: the hash
of 2k bytes is that of the newer k plus that of the older k shifted by k, hence five steps for 32."""

from collections.abc import Iterable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

LEAST: Final = 256 * 1024
MOST: Final = 4 * 1024 * 1024
_WINDOW: Final = 32
_BLOCK: Final = 256 * 1024
# One position in 2^20 is a cut. Of a gear hash only the high bits depend on the whole window.
_BELOW: Final = np.uint32(1 << 12)
# Any fixed table does, as long as it stays the same: another one would cut, and so store, everything anew.
_GEAR: Final = np.random.Generator(np.random.PCG64(20261122)).integers(0, 1 << 32, 256, dtype=np.uint32)


def chunks_of(stream: Iterable[bytes]) -> Iterator[bytes]:
    """The bytes of `stream` in chunks of LEAST to MOST bytes, about a megabyte each; only the last may be smaller."""
    held = bytearray()
    for piece in stream:
        held += piece
        while len(held) >= MOST:
            yield _taken(held)
    while held:
        yield _taken(held)


def _taken(held: bytearray) -> bytes:
    at = _first_cut(held)
    chunk = bytes(held[:at])
    del held[:at]
    return chunk


def _first_cut(held: bytearray) -> int:
    """How many bytes the first chunk has."""
    end = min(len(held), MOST)
    for start in range(LEAST, end, _BLOCK):
        block = np.frombuffer(bytes(held[start - _WINDOW + 1 : min(start + _BLOCK, end)]), dtype=np.uint8)
        hits = np.flatnonzero(_hashes(block)[_WINDOW - 1 :] < _BELOW)
        if len(hits):
            return start + int(hits[0]) + 1
    return end


def _hashes(block: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """The hash of the window that ends at each byte; of the first 31 that of a shorter one."""
    found = _GEAR[block]
    step = 1
    while step < _WINDOW:
        found[step:] += found[:-step] << np.uint32(step)
        step *= 2
    return found
