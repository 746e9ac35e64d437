# SPDX-License-Identifier: Apache-2.0
"""One connection to the embedded engine, with the settings that it holds."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import chdb

from steward.core.telemetry.store.errors import StoreError, from_engine
from steward.core.telemetry.store.statement import Insert

_SIMPLE: Final = re.compile(r"[A-Za-z0-9_]+")


class EngineConnection:
    """A session of the engine. Used by one thread at a time."""

    def __init__(self, path: Path, config_path: Path) -> None:
        self._engine: Any = chdb.connect(f"{path}?config-file={config_path}")  # type: ignore[no-untyped-call]  # the binding has none
        self.settings: dict[str, str] = {}
        self.database = "default"
        self.spent = False  # locked or in an unknown state: to be closed, never used again

    def close(self) -> None:
        """Let go of the session. The engine shuts down with the last one."""
        self.spent = True
        self._engine.close()

    def prepare(self, settings: dict[str, str], database: str) -> None:
        """Hold exactly `settings` and stand in `database`. Raises StoreError and is spent when the engine refuses one."""
        if database and database != self.database:
            self.run(f"USE `{database}`")
            self.database = database
        if settings == self.settings:
            return
        changes = [f"{name}={_quoted(value)}" for name, value in settings.items() if self.settings.get(name) != value]
        changes += [f"{name}=DEFAULT" for name in self.settings if name not in settings]
        # Half of a refused SET may have been applied.
        self.spent = True
        self.run("SET " + ", ".join(changes))
        self.spent = False
        self.settings = dict(settings)

    def lock(self) -> None:
        """Make the session read-only for good."""
        self.spent = True
        self.run("SET readonly=1")

    def run(self, sql: str, output: str = "TabSeparated", params: dict[str, str] | None = None) -> "Outcome":
        """Run one statement to its end. Raises StoreError."""
        try:
            result = self._engine.query(sql, output, params=params or {})
        except Exception as failure:
            raise from_engine(failure) from failure
        return Outcome(result)

    def stream(self, sql: str, output: str, params: dict[str, str]) -> Iterator[bytes]:
        """Pieces of a SELECT's answer as the engine makes them. Closing the iterator cancels the query. Raises StoreError."""
        try:
            running = self._engine.send_query(sql, output, params=params)
        except Exception as failure:
            raise from_engine(failure) from failure
        try:
            while (piece := running.fetch()) is not None:
                yield bytes(piece.bytes())
        except Exception as failure:
            raise from_engine(failure) from failure
        finally:
            with contextlib.suppress(Exception):
                running.cancel()

    def insert(self, insert: Insert, data: "bytes | memoryview", token: str = "") -> dict[str, str]:
        """Insert `data`; what was written, as ClickHouse's summary names it. All or nothing per block. Raises StoreError.

        The data go through a file in memory. The binding's `send_insert` would take them as they are, but its `finish`
        says nothing of an error in the last block: a full disk or a broken constraint would be acknowledged.
        """
        descriptor = os.memfd_create("insert")
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            outcome = self.run(insert.statement(f"/proc/self/fd/{descriptor}", token))
        finally:
            os.close(descriptor)
        counts = outcome.counts()
        return {
            "read_rows": counts["written_rows"],
            "written_rows": counts["written_rows"],
            "written_bytes": counts["written_bytes"],
        }


class Outcome:
    """The answer of a statement that ran to its end."""

    __slots__ = ("_result",)

    def __init__(self, result: Any) -> None:
        self._result = result

    def body(self) -> bytes:
        """The answer's bytes in the format asked for; empty for a statement without an answer."""
        return bytes(self._result.bytes()) if self._result is not None else b""

    def counts(self) -> dict[str, str]:
        """Rows and bytes read and written, as ClickHouse's summary header names them."""
        result = self._result
        if result is None:
            return {}
        return {
            "read_rows": str(result.storage_rows_read()),
            "read_bytes": str(result.storage_bytes_read()),
            "result_rows": str(result.rows_read()),
            "result_bytes": str(result.bytes_read()),
            "written_rows": str(result.rows_written()),
            "written_bytes": str(result.bytes_written()),
        }


def _quoted(value: str) -> str:
    if _SIMPLE.fullmatch(value):
        return f"'{value}'"
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    if "\0" in escaped:
        raise StoreError(36, "BAD_ARGUMENTS", "A setting's value holds a zero byte.")
    return f"'{escaped}'"
