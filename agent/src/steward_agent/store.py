# SPDX-License-Identifier: Apache-2.0
"""One SQLite file: opened with its integrity checked, statements by name, errors in two kinds.

Write-ahead log with `synchronous=FULL`: what is committed survives the loss of power. The log adds at most about 4 MB
to the file.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path

SCHEMA = 1
_PAGE_BYTES = 4096
_LOG_PAGES = 256
_CACHE_KIB = 512
_CORRUPT = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_PRIMARY_CODE = 0xFF
_NAMED = re.compile(r"^-- name: (\w+)\n-- .+\n((?:[^-\n].*\n?)+)", re.MULTILINE)

Value = int | float | str | bytes | None


class StoreTrouble(Exception):
    """The disk refuses for now (full, read-only, failing): nothing of the transaction was kept."""


class StoreCorrupt(Exception):
    """The file can't be trusted any more. The message is the reason."""


def _integer(rows: list[tuple[Value, ...]]) -> int:
    value = rows[0][0]
    return value if isinstance(value, int) else 0


def _statements() -> dict[str, str]:
    text = (files("steward_agent") / "store.sql").read_text("utf-8")
    return {name: sql.strip() for name, sql in _NAMED.findall(text)}


_SQL = _statements()


class Store:
    """A connection to one file. Not safe for threads by itself: the spool holds a lock."""

    def __init__(self, path: Path) -> None:
        """Opens or creates `path`.

        Raises:
            StoreCorrupt: when the file fails SQLite's check or is of a later layout.
            StoreTrouble: when the disk refuses.
        """
        self.path = path
        self._connection: sqlite3.Connection | None = None
        with self._errors():
            # Created by hand, since SQLite's own mode follows the umask; the log's files take over this one's.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=1.0)
        try:
            self._prepare()
        except (StoreCorrupt, StoreTrouble):
            self.close()
            raise

    def _prepare(self) -> None:
        with self._errors():
            # Before the first table, or never.
            self._pragma("auto_vacuum = INCREMENTAL")
            self._pragma("journal_mode = WAL")
            self._pragma("synchronous = FULL")
            self._pragma(f"cache_size = -{_CACHE_KIB}")
            self._pragma(f"wal_autocheckpoint = {_LOG_PAGES}")
            self._pragma(f"journal_size_limit = {4 * _LOG_PAGES * _PAGE_BYTES}")
            found = self._pragma("quick_check(1)")[0][0]
        if found != "ok":
            raise StoreCorrupt(str(found))
        version = _integer(self._pragma("user_version"))
        if version > SCHEMA:
            raise StoreCorrupt(f"written by a later agent (layout {version}, known is {SCHEMA})")
        with self.transaction():
            for name in _SQL:
                if name.startswith("create_"):
                    self.run(name)
            self._pragma(f"user_version = {SCHEMA}")

    def run(self, name: str, /, **parameters: Value) -> list[tuple[Value, ...]]:
        """The rows of the statement `name`."""
        with self._errors():
            return self._open.execute(_SQL[name], parameters).fetchall()

    def insert(self, name: str, /, **parameters: Value) -> int:
        """The new row's id."""
        with self._errors():
            return self._open.execute(_SQL[name], parameters).lastrowid or 0

    def each(self, name: str, /, **parameters: Value) -> Iterator[tuple[Value, ...]]:
        """The same row by row, for results of which only the beginning is wanted."""
        with self._errors():
            cursor = self._open.execute(_SQL[name], parameters)
            try:
                yield from cursor
            finally:
                cursor.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, on the disk when it ends."""
        with self._errors():
            self._open.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._open.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._open.execute("ROLLBACK")
                raise

    def used_bytes(self) -> int:
        """Bytes of the file that hold something."""
        pages = _integer(self._pragma("page_count")) - _integer(self._pragma("freelist_count"))
        return pages * _PAGE_BYTES

    def shrink(self) -> None:
        """Gives some free pages back to the disk, about 1 MB a call."""
        if _integer(self._pragma("freelist_count")) > _LOG_PAGES:
            # One step of this statement frees one page, and only executescript steps to the end.
            with self._errors():
                self._open.executescript(f"PRAGMA incremental_vacuum({_LOG_PAGES})")

    def limit_pages(self, pages: int) -> None:
        """SQLite's own bound on the file, after which it answers as it does on a full disk."""
        self._pragma(f"max_page_count = {pages}")

    def close(self) -> None:
        """Moves the log into the file, as far as the disk lets it."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()
        self._connection = None

    @property
    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreTrouble("closed")
        return self._connection

    def _pragma(self, pragma: str) -> list[tuple[Value, ...]]:
        with self._errors():
            return self._open.execute(f"PRAGMA {pragma}").fetchall()

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
            raise (StoreCorrupt if code in _CORRUPT else StoreTrouble)(str(error)) from error
        except OSError as error:
            raise StoreTrouble(error.strerror or str(error)) from error
