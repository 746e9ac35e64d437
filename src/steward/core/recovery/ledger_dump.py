# SPDX-License-Identifier: Apache-2.0
"""The ledger of one instant: a snapshot that is held open, its dump as a stream, and a dump put back."""

import os
import subprocess
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import psycopg

from steward.core.recovery.refusal import RecoveryRefused
from steward.settings.env import Settings
from steward.settings.ledger import find_cluster, find_server, shipped_programs

READ: Final = 1024 * 1024
MIGRATIONS: Final = " TABLE DATA public django_migrations "
# The nightly sweep of contents steps back while anybody holds this shared; see files' queries.sql.
SWEEP_LOCK: Final = 0x5EE9


@dataclass(frozen=True, slots=True)
class LedgerAccess:
    """How the ledger is dumped: a role that reads everything, and programs of PostgreSQL."""

    programs: Path
    dsn: str = field(repr=False)


@dataclass(slots=True)
class Snapshot:
    """The ledger at one instant, for as long as the block lasts that opened it. `size` is what it takes on the disk, in bytes."""

    access: LedgerAccess
    mark: str
    at: datetime
    size: int
    _connection: psycopg.Connection[Any]

    def file_keys(self) -> list[tuple[int, str, int]]:
        """(client, sha256, size) of every content that a file of this instant refers to, in order."""
        if not self._has("files_storedfile"):
            return []
        return list(
            self._connection.execute(
                "select distinct client_id, sha256, size from files_storedfile order by client_id, sha256"
            )
        )

    def let_go(self) -> None:
        """The ledger need not be held any longer: old rows may be cleared away again. Contents of files stay held."""
        self._connection.execute("rollback")

    def dump(self) -> Iterator[bytes]:
        """The dump as PostgreSQL's programs write it, in its custom format. Raises RecoveryRefused."""
        arguments = ["--format=custom", "--compress=0", f"--snapshot={self.mark}", *_where(self.access)]
        with _program(self.access, "pg_dump", arguments) as process:
            assert process.stdout is not None
            while piece := process.stdout.read(READ):
                yield piece

    def _has(self, table: str) -> bool:
        found = self._connection.execute("select to_regclass(%s)", (f"public.{table}",)).fetchone()
        return found is not None and found[0] is not None


def ledger_access(settings: Settings) -> LedgerAccess:
    """How this installation's ledger is dumped. Raises RecoveryRefused for a server elsewhere without its superuser."""
    server = find_server(settings)
    if server is None:
        cluster = find_cluster(settings.data_dir)
        return LedgerAccess(cluster.programs, cluster.dsn(role="dump", database=settings.database_name))
    if "admin" not in server.urls:
        raise RecoveryRefused(
            "the ledger is on a server elsewhere, and only a superuser reads all of it: set STEWARD_DATABASE_ADMIN_URL, or "
            "leave the ledger to that server's own backups with --without-ledger."
        )
    return LedgerAccess(shipped_programs(), server.dsn(role="admin", database=server.database))


@contextmanager
def snapshot(access: LedgerAccess) -> Iterator[Snapshot]:
    """Hold the ledger at this instant. No content of a file goes meanwhile. Raises RecoveryRefused when it does not answer."""
    try:
        connection: psycopg.Connection[Any] = psycopg.connect(access.dsn, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise RecoveryRefused(
            f"the ledger does not answer ({reason}): start `steward up`, then run this beside it."
        ) from None
    with connection:
        connection.execute("select pg_advisory_lock_shared(%s)", (SWEEP_LOCK,))
        connection.execute("begin isolation level repeatable read read only")
        held = "select pg_export_snapshot(), clock_timestamp(), pg_database_size(current_database())"
        answer = connection.execute(held).fetchone()
        assert answer is not None
        try:
            yield Snapshot(access, answer[0], answer[1], answer[2], connection)
        finally:
            # Not left to the end of the connection, which the server notices a little later.
            with suppress(psycopg.Error):
                connection.execute("rollback")
                connection.execute("select pg_advisory_unlock_all()")


def entries_of(access: LedgerAccess, dump: Iterable[bytes]) -> int:
    """Read a dump's table of contents back; the number of its entries. Raises RecoveryRefused when it is no whole ledger."""
    with _program(access, "pg_restore", ["--list"], feed=dump) as process:
        assert process.stdout is not None
        lines = process.stdout.read().decode(errors="replace").splitlines()
    entries = [line for line in lines if line and not line.startswith(";")]
    if not any(MIGRATIONS in line for line in entries):
        raise RecoveryRefused("the dump has no migrations' table in it: nothing was changed. Run `steward doctor`.")
    return len(entries)


def load_dump(access: LedgerAccess, dump: Path) -> None:
    """Put a dump, which lies there in the plain, into the ledger: all of it or nothing. Raises RecoveryRefused."""
    arguments = ["--clean", "--if-exists", "--single-transaction", *_where(access), str(dump)]
    with _program(access, "pg_restore", arguments, failed="the ledger could not be loaded") as process:
        assert process.stdout is not None
        process.stdout.read()


def _where(access: LedgerAccess) -> list[str]:
    return ["--no-password", "--dbname", _without_password(access.dsn)]


def _without_password(dsn: str) -> str:
    parts = urlsplit(dsn)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}@{host}").geturl()


@contextmanager
def _program(
    access: LedgerAccess,
    name: str,
    arguments: list[str],
    *,
    feed: Iterable[bytes] | None = None,
    failed: str = "no backup could be made",
) -> Iterator["subprocess.Popen[bytes]"]:
    """One of PostgreSQL's programs, read from within the block. The password goes by the environment: command lines are seen."""
    password = unquote(urlsplit(access.dsn).password or "")
    process = subprocess.Popen(
        [str(access.programs / name), *arguments],
        stdin=subprocess.DEVNULL if feed is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "PGPASSWORD": password},
    )
    said: list[bytes] = []
    assert process.stderr is not None
    threads = [threading.Thread(target=lambda: said.append(process.stderr.read()), daemon=True)]  # type: ignore[union-attr]  # a pipe, see above
    if feed is not None:
        threads.append(threading.Thread(target=_feed, args=(process, feed), daemon=True))
    for thread in threads:
        thread.start()
    try:
        yield process
    except BaseException:
        process.kill()
        raise
    finally:
        code = process.wait()
        threads[0].join()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if code != 0:
        lines = b"".join(said).decode(errors="replace").strip().splitlines() or ["no message"]
        raise RecoveryRefused(f"{failed} ({name}: {lines[-1]}): nothing was changed.")


def _feed(process: "subprocess.Popen[bytes]", pieces: Iterable[bytes]) -> None:
    assert process.stdin is not None
    try:
        # A broken pipe: it has read all that it wanted.
        with suppress(BrokenPipeError):
            for piece in pieces:
                process.stdin.write(piece)
    finally:
        with suppress(BrokenPipeError):
            process.stdin.close()
