# SPDX-License-Identifier: Apache-2.0
"""Two numbers for each of many keys, in memory that every process forked from this one shares: what one of the web's workers
counted, the others know.

Places are few, so the least recently used of a row is given up for a newcomer. Which keys share a row hangs on a secret drawn at
the start: nobody can choose keys that push a certain other one out."""

import fcntl
import hashlib
import mmap
import os
import secrets
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_PLACE: Final = struct.Struct("=Qdd")  # the key's mark (0: free), the two numbers


class SharedPlaces:
    """`rows` × `wide` places of 24 bytes. The second number of a key is when it was last used: the smallest goes first."""

    def __init__(self, *, rows: int = 4096, wide: int = 8) -> None:
        self._rows, self._wide = rows, wide
        self._secret = secrets.token_bytes(16)
        self._memory = mmap.mmap(-1, rows * wide * _PLACE.size)
        # Locks of files end with the process that held them, however it ended; they don't tell threads of one process apart.
        self._file = os.memfd_create("steward-places", os.MFD_CLOEXEC)
        self._threads = threading.Lock()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """For a block that reads and then writes: no other thread and no other process is in one."""
        with self._threads:
            fcntl.lockf(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN)

    def get(self, key: str) -> tuple[float, float] | None:
        """The numbers of `key`, None when it has no place (any more)."""
        mark, row = self._found(key)
        for place in self._places(row):
            held, first, second = _PLACE.unpack_from(self._memory, place)
            if held == mark:
                return first, second
        return None

    def put(self, key: str, first: float, second: float) -> None:
        """Give `key` these numbers, in its place, in a free one, or in that of the least recently used."""
        mark, row = self._found(key)
        oldest, oldest_at = row, float("inf")
        for place in self._places(row):
            held, _first, at = _PLACE.unpack_from(self._memory, place)
            if held == mark:
                oldest = place
                break
            at = at if held else float("-inf")
            if at < oldest_at:
                oldest, oldest_at = place, at
        _PLACE.pack_into(self._memory, oldest, mark, first, second)

    def clear(self) -> None:
        """Forget everything."""
        with self.alone():
            self._memory[:] = bytes(len(self._memory))

    def _places(self, row: int) -> range:
        return range(row, row + self._wide * _PLACE.size, _PLACE.size)

    def _found(self, key: str) -> tuple[int, int]:
        digest = hashlib.blake2b(key.encode(), digest_size=16, key=self._secret).digest()
        mark = int.from_bytes(digest[:8], "little") or 1
        return mark, int.from_bytes(digest[8:], "little") % self._rows * self._wide * _PLACE.size
