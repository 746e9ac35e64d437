# SPDX-License-Identifier: Apache-2.0
"""The postmaster: started in the foreground for a supervisor or as a child, stopped fast, recovered after a crash."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

import psutil
import psycopg

from steward.settings.ledger.binaries import LedgerError, as_account
from steward.settings.ledger.cluster import (
    Cluster,
    Secrets,
    ensure_cluster,
    ensure_socket_dir,
    environment,
    write_settings,
)
from steward.settings.ledger.roles import bootstrap

START_SECONDS = 60.0  # replaying a gigabyte of log after a crash takes its time
STOP_SECONDS = 8.0
UNSAFE = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


def exec_postgres(cluster: Cluster) -> NoReturn:
    """Become the postmaster, so that a supervisor watches it itself. SIGINT, or its parent's end, stops it fast."""
    command = _prepare(cluster)
    os.chdir("/")
    os.execvpe(command[0], command, environment())  # noqa: S606 (a list of words, no shell)


def start(cluster: Cluster, *, fsync: bool = True, log: Path | None = None) -> subprocess.Popen[bytes]:
    """Start the postmaster as a child and wait until it answers. `fsync=False` (tests) loses data in a power cut."""
    command = _prepare(cluster) + ([] if fsync else list(UNSAFE))
    with (log or Path(os.devnull)).open("ab") as sink:
        child = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, cwd="/", env=environment()
        )
    try:
        wait_until_ready(cluster, child=child)
    except LedgerError:
        if child.poll() is None:
            child.kill()
            child.wait()
        raise
    return child


def _prepare(cluster: Cluster) -> list[str]:
    if is_running(cluster):
        raise LedgerError(f"PostgreSQL already runs on {cluster.pgdata}: stop the other one first.")
    _end_orphans(cluster)
    ensure_socket_dir(cluster)
    write_settings(cluster)
    server = [str(cluster.programs / "postgres"), "-D", str(cluster.pgdata), "-k", str(cluster.server_socket_dir)]
    return as_account(cluster.account, server, death_signal="INT")


def wait_until_ready(
    cluster: Cluster, *, child: subprocess.Popen[bytes] | None = None, seconds: float = START_SECONDS
) -> None:
    """Return once the server answers a query. Raises LedgerError when it ends first or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with psycopg.connect(cluster.dsn(role="admin", database="postgres"), connect_timeout=5) as connection:
                connection.execute("select 1")
                return
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
        if child is not None and child.poll() is not None:
            raise LedgerError(f"PostgreSQL ended with {child.returncode} while it started: its log says why.")
        if time.monotonic() > deadline:
            raise LedgerError(f"PostgreSQL does not answer after {seconds:.0f} s ({reason}).")
        time.sleep(0.03)


def postmaster(cluster: Cluster) -> psutil.Process | None:
    """The living postmaster of this cluster, whoever started it; a pid file left by a dead one counts for nothing."""
    try:
        pid = int((cluster.pgdata / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        process = psutil.Process(abs(pid))
        return process if _works_on(process, cluster) else None
    except (FileNotFoundError, ValueError, psutil.Error):
        return None


def is_running(cluster: Cluster) -> bool:
    """True while a postmaster works on this cluster."""
    return postmaster(cluster) is not None


def stop(cluster: Cluster, *, seconds: float = STOP_SECONDS) -> None:
    """Stop fast: sessions are ended, everything is written. After `seconds` at once; the next start then recovers."""
    found = postmaster(cluster)
    if found is None:
        return
    for what in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        found.send_signal(what)
        if _ended(found, seconds):
            return
    raise LedgerError(f"PostgreSQL (process {found.pid}) does not stop.")


def _ended(process: psutil.Process, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if process.status() == psutil.STATUS_ZOMBIE or not process.is_running():
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def _works_on(process: psutil.Process, cluster: Cluster) -> bool:
    """A server process lives in its data directory; a zombie lives nowhere."""
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return process.name() == "postgres" and Path(process.cwd()) == cluster.pgdata.resolve()
    except psutil.Error:
        return False


def _end_orphans(cluster: Cluster) -> None:
    """End sessions that outlived a killed postmaster: they hold its shared memory, and none may start beside them."""
    orphans = [process for process in psutil.process_iter() if _works_on(process, cluster)]
    for process in orphans:
        process.send_signal(signal.SIGKILL)
    for process in orphans:
        _ended(process, STOP_SECONDS)


@contextmanager
def running_cluster(
    data_dir: Path, *, fsync: bool = True, createdb: bool = True, keep: bool = True, secrets: Secrets | None = None
) -> Iterator[Cluster]:
    """A cluster with its roles and its database, running for the time of the block. For tests and single commands.

    `createdb` lets the owner make databases, which tests need; `keep=False` deletes the cluster at the end, which
    matters where root's temporary directory is closed to the system account and the cluster therefore lies elsewhere.
    """
    cluster = ensure_cluster(data_dir, secrets=secrets)
    child = start(cluster, fsync=fsync, log=data_dir / "postgres.log")
    try:
        bootstrap(cluster, createdb=createdb)
        yield cluster
    finally:
        stop(cluster)
        child.wait()
        if not keep:
            remove_cluster(cluster)


def remove_cluster(cluster: Cluster) -> None:
    """Delete the cluster and all that is in it. Raises LedgerError while it runs."""
    if is_running(cluster):
        raise LedgerError(f"PostgreSQL still runs on {cluster.pgdata}.")
    shutil.rmtree(cluster.pgdata)
    shutil.rmtree(cluster.server_socket_dir, ignore_errors=True)
    if cluster.socket_dir.is_symlink():
        cluster.socket_dir.unlink()
    for left in (cluster.pgdata.parent, cluster.socket_dir.parent):
        with suppress(OSError):  # it holds other things
            left.rmdir()
