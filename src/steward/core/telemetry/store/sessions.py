# SPDX-License-Identifier: Apache-2.0
"""Sessions: a connection kept for a client that asks for one, with its temporary tables and settings."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from steward.core.telemetry.store.engine import EngineConnection
from steward.core.telemetry.store.errors import StoreError, too_busy


@dataclass(slots=True)
class _Session:
    connection: EngineConnection
    expires: float
    lock: threading.Lock = field(default_factory=threading.Lock)


class Sessions:
    """At most `limit` sessions, each used by one request at a time and forgotten when it rests too long."""

    def __init__(self, connect: Callable[[], EngineConnection], limit: int) -> None:
        self._connect = connect
        self._limit = limit
        self._lock = threading.Lock()
        self._held: dict[str, _Session] = {}

    @contextmanager
    def connection(
        self, name: str, settings: dict[str, str], database: str, *, timeout: float, must_exist: bool
    ) -> Iterator[EngineConnection]:
        """The session's connection. Raises StoreError 372 (unknown), 373 (in use by another request), 202 (too many)."""
        session = self._find(name, must_exist=must_exist)
        if not session.lock.acquire(blocking=False):
            raise StoreError(373, "SESSION_IS_LOCKED", f"Session {name} is locked by a concurrent client.")
        try:
            session.expires = time.monotonic() + timeout
            session.connection.prepare(settings, database or session.connection.database)
            yield session.connection
        finally:
            session.lock.release()
            if session.connection.spent:
                self._drop(name)

    def sweep(self) -> None:
        """Forget the sessions whose time is over."""
        now = time.monotonic()
        with self._lock:
            over = [name for name, each in self._held.items() if each.expires < now and not each.lock.locked()]
        for name in over:
            self._drop(name)

    def close_idle(self) -> None:
        """Close the sessions that no request is using."""
        with self._lock:
            names = [name for name, each in self._held.items() if not each.lock.locked()]
        for name in names:
            self._drop(name)

    def _find(self, name: str, *, must_exist: bool) -> _Session:
        with self._lock:
            found = self._held.get(name)
            if found is None and must_exist:
                raise StoreError(372, "SESSION_NOT_FOUND", f"Session {name} not found.")
            if found is None:
                if len(self._held) >= self._limit:
                    raise too_busy(f"{self._limit} sessions are open already.")
                found = self._held[name] = _Session(self._connect(), time.monotonic() + 60)
            return found

    def _drop(self, name: str) -> None:
        with self._lock:
            gone = self._held.pop(name, None)
        if gone is not None and gone.lock.acquire(timeout=1):
            gone.connection.close()
