# SPDX-License-Identifier: Apache-2.0
"""F2, F5: the database's processes are killed, or the one that started them is; nothing committed is lost, nothing runs twice."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from steward.settings import ledger
from steward.settings.env import CHECKOUT
from steward.settings.ledger import process

PARENT = """
import pathlib, sys, time
from steward.settings import ledger
cluster = ledger.ensure_cluster(pathlib.Path(sys.argv[1]))
child = ledger.start(cluster)
print("ready", flush=True)
time.sleep(600)
"""


@pytest.fixture
def cluster() -> Iterator[ledger.Cluster]:
    folder = Path(tempfile.mkdtemp(prefix="steward-fault-"))
    folder.chmod(0o711)
    made = ledger.ensure_cluster(folder / "var")
    yield made
    ledger.stop(made)
    shutil.rmtree(made.pgdata, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def within(seconds: float, true: Callable[[], bool]) -> float:
    """How long it took until `true` was; fails after `seconds`."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def servers(cluster: ledger.Cluster) -> list[psutil.Process]:
    """All living server processes of this cluster."""
    return [each for each in psutil.process_iter() if process._works_on(each, cluster)]


class Writer(threading.Thread):
    """Commits one row after the other, through every interruption, and remembers what was acknowledged."""

    def __init__(self, cluster: ledger.Cluster) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[int] = []
        self.failed = 0
        self._dsn = cluster.dsn(role="owner")
        self._enough = threading.Event()

    def run(self) -> None:
        number = 0
        connection: psycopg.Connection | None = None
        while not self._enough.is_set():
            number += 1
            try:
                connection = connection or psycopg.connect(self._dsn, autocommit=True, connect_timeout=2)
                connection.execute("insert into written values (%s)", (number,))
                self.acknowledged.append(number)
            except psycopg.Error:
                self.failed += 1
                connection = None
                time.sleep(0.02)

    def end(self) -> list[int]:
        self._enough.set()
        self.join(10)
        return self.acknowledged


def begin_writing(cluster: ledger.Cluster) -> Writer:
    ledger.bootstrap(cluster)
    with psycopg.connect(cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("create table written (n bigint)")
    writer = Writer(cluster)
    writer.start()
    within(10, lambda: len(writer.acknowledged) > 50)
    return writer


def lost_and_doubled(cluster: ledger.Cluster, acknowledged: list[int]) -> tuple[int, int]:
    with psycopg.connect(cluster.dsn(role="owner")) as owner:
        stored = [n for (n,) in owner.execute("select n from written")]
    return len(set(acknowledged) - set(stored)), len(stored) - len(set(stored))


def test_a_killed_postmaster_starts_again_with_all_that_was_acknowledged(cluster: ledger.Cluster) -> None:
    child = ledger.start(cluster)
    writer = begin_writing(cluster)
    for _ in range(3):
        child.kill()
        child.wait()
        begun = time.monotonic()
        child = ledger.start(cluster)
        assert time.monotonic() - begun < 10
        reached = len(writer.acknowledged)
        within(10, lambda reached=reached: len(writer.acknowledged) > reached + 20)  # type: ignore[misc]  # bound early
    acknowledged = writer.end()
    assert lost_and_doubled(cluster, acknowledged) == (0, 0)
    ledger.stop(cluster)
    child.wait()


def test_a_killed_backend_brings_the_server_back_by_itself(cluster: ledger.Cluster) -> None:
    child = ledger.start(cluster)
    writer = begin_writing(cluster)
    victim = psycopg.connect(cluster.dsn(role="owner"))
    os.kill(victim.info.backend_pid, signal.SIGKILL)
    reached = len(writer.acknowledged)
    took = within(10, lambda: len(writer.acknowledged) > reached + 20)
    assert took < 10
    assert child.poll() is None
    assert lost_and_doubled(cluster, writer.end()) == (0, 0)
    ledger.stop(cluster)
    child.wait()


def test_when_the_parent_is_killed_the_database_ends_and_no_second_one_ever_runs(cluster: ledger.Cluster) -> None:
    data_dir = cluster.pgdata.parent
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT / "src")}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(data_dir)], stdout=subprocess.PIPE, text=True, env=environment, cwd="/"
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    writer = begin_writing(cluster)
    parent.kill()
    parent.wait()
    within(10, lambda: not servers(cluster))
    child = ledger.start(cluster)
    postmasters = [each for each in servers(cluster) if each.pid == child.pid or each.ppid() != child.pid]
    assert [each.pid for each in postmasters] == [child.pid]
    assert lost_and_doubled(cluster, writer.end()) == (0, 0)
    with psycopg.connect(cluster.dsn(role="admin")) as admin:
        assert admin.execute("select count(*) from pg_stat_database where checksum_failures > 0").fetchone() == (0,)
    ledger.stop(cluster)
    child.wait()


def test_sessions_that_outlive_a_killed_postmaster_do_not_keep_the_next_one_from_starting(
    cluster: ledger.Cluster,
) -> None:
    child = ledger.start(cluster)
    ledger.bootstrap(cluster)
    ready = threading.Event()

    def long_query() -> None:
        with psycopg.connect(cluster.dsn(role="owner")) as owner:
            ready.set()
            with pytest.raises(psycopg.OperationalError):
                owner.execute("select count(*) from generate_series(1, 10000000000)")

    busy = threading.Thread(target=long_query)
    busy.start()
    ready.wait(10)
    within(10, lambda: any("SELECT" in " ".join(each.cmdline()) for each in servers(cluster)))
    child.kill()
    child.wait()
    assert servers(cluster), "the busy session should still be there, or this test shows nothing"
    child = ledger.start(cluster)
    busy.join(10)
    assert not busy.is_alive()
    ledger.stop(cluster)
    child.wait()


def test_a_second_start_on_a_running_cluster_is_refused(cluster: ledger.Cluster) -> None:
    child = ledger.start(cluster)
    with pytest.raises(ledger.LedgerError, match="already runs"):
        ledger.start(cluster)
    assert child.poll() is None
    ledger.stop(cluster)
    child.wait()


def test_a_pid_file_that_names_a_stranger_stops_nobody(cluster: ledger.Cluster) -> None:
    (cluster.pgdata / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.pgdata}\n", encoding="utf-8")
    assert not ledger.is_running(cluster)
    ledger.stop(cluster)  # would end this very test
    (cluster.pgdata / "postmaster.pid").unlink()


def test_stopping_is_fast_while_sessions_are_open(cluster: ledger.Cluster) -> None:
    child = ledger.start(cluster)
    open_session = psycopg.connect(cluster.dsn(role="admin", database="postgres"))
    open_session.execute("select 1")
    begun = time.monotonic()
    ledger.stop(cluster)
    child.wait(5)
    assert time.monotonic() - begun < 5
    with pytest.raises(psycopg.OperationalError):
        open_session.execute("select 1")
