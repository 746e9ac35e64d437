# SPDX-License-Identifier: Apache-2.0
"""Connections by kind of work. Each kind has turns of its own, so that no amount of reading holds up an insert."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from steward.core.telemetry.store.engine import EngineConnection
from steward.core.telemetry.store.errors import too_busy

Connect = Callable[[], EngineConnection]


class Pool:
    """At most `size` requests at once and `waiting` more in line for up to `patience` seconds."""

    def __init__(self, connect: Connect, *, size: int, waiting: int, patience: float) -> None:
        self._connect = connect
        self._turns = threading.BoundedSemaphore(size)
        self._lock = threading.Lock()
        self._idle: list[EngineConnection] = []
        self._in_line = 0
        self._waiting = waiting
        self._patience = patience

    @contextmanager
    def connection(self, settings: dict[str, str], database: str) -> Iterator[EngineConnection]:
        """A prepared connection for one request. Raises StoreError 202 when the line is too long or too slow."""
        self._take_turn()
        try:
            held = self._pick(settings, database) or self._connect()
            try:
                held.prepare(settings, database)
                yield held
            finally:
                self._put_back(held)
        finally:
            self._turns.release()

    def close_idle(self) -> None:
        """Close the connections that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
        for each in idle:
            each.close()

    def _take_turn(self) -> None:
        if self._turns.acquire(blocking=False):
            return
        with self._lock:
            if self._in_line >= self._waiting:
                raise too_busy(f"{self._waiting} requests are waiting already.")
            self._in_line += 1
        try:
            if not self._turns.acquire(timeout=self._patience):
                raise too_busy(f"No turn within {self._patience:g} seconds.")
        finally:
            with self._lock:
                self._in_line -= 1

    def _pick(self, settings: dict[str, str], database: str) -> EngineConnection | None:
        with self._lock:
            for at in range(len(self._idle) - 1, -1, -1):
                if self._idle[at].settings == settings and self._idle[at].database == database:
                    return self._idle.pop(at)
            return self._idle.pop() if self._idle else None

    def _put_back(self, held: EngineConnection) -> None:
        if held.spent:
            held.close()
            return
        with self._lock:
            self._idle.append(held)
