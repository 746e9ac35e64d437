# SPDX-License-Identifier: Apache-2.0
"""F6 for the ledger: the disk fills up, writing is refused clearly, and everything goes on when there is room again."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from steward.cli import preflight
from steward.cli.refusal import Refusal
from steward.settings import ledger
from steward.settings.env import Settings

SIZE_MB = 260
FILLING = "insert into written select %s, string_agg(md5((random() * i)::text), '') from generate_series(1, 8000) i"
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def small_disk() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="steward-small-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE_MB}m,mode=711", "tmpfs", str(folder)], check=True)
    yield folder
    ledger.stop(ledger.find_cluster(folder / "var"))
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def fill(folder: Path, *, leave_mb: int = 12) -> Path:
    """Take all the room that is left but `leave_mb`."""
    filler = folder / "filler"
    with filler.open("wb") as handle:
        try:
            while True:
                handle.write(b"\0" * 65536)
        except OSError:
            handle.truncate(handle.tell() - leave_mb * 1024**2)
            return filler


def test_a_full_disk_refuses_writes_clearly_keeps_what_was_committed_and_heals(small_disk: Path) -> None:
    cluster = ledger.ensure_cluster(small_disk / "var")
    ledger.start(cluster)
    ledger.bootstrap(cluster)
    with psycopg.connect(cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("create table written (n bigint, filling text)")
    filler = fill(small_disk)
    acknowledged, refusal = write_until_refused(cluster)
    assert acknowledged > 0
    assert isinstance(refusal, errors.DiskFull | psycopg.OperationalError), refusal
    filler.unlink()
    took = until_it_answers(cluster)
    with psycopg.connect(cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("insert into written values (0, '')")
        found = owner.execute("select count(*), count(distinct n) from written").fetchone()
    # The write that was cut off by the log having no room may have been kept, but never twice.
    assert found in {(acknowledged + 1, acknowledged + 1), (acknowledged + 2, acknowledged + 2)}
    print(
        f"acknowledged {acknowledged}, lost 0, doubled 0, refused with {type(refusal).__name__}, healed in {took:.1f} s"
    )


def until_it_answers(cluster: ledger.Cluster) -> float:
    """Do what a supervisor does, start it when it has ended, until it answers; in seconds.

    When the write-ahead log itself has no room, the server ends and recovers; otherwise it has merely said no.
    """
    begun = time.monotonic()
    while time.monotonic() - begun < 20:
        try:
            if not ledger.is_running(cluster):
                ledger.start(cluster)
            ledger.wait_until_ready(cluster, seconds=1)
        except ledger.LedgerError:
            continue
        return time.monotonic() - begun
    raise AssertionError("the ledger did not heal within 20 s")


def write_until_refused(cluster: ledger.Cluster) -> tuple[int, Exception]:
    acknowledged = 0
    with psycopg.connect(cluster.dsn(role="owner"), autocommit=True) as owner:
        for number in range(1, 2000):
            try:
                owner.execute(FILLING, (number,))
            except psycopg.Error as error:
                return acknowledged, error
            acknowledged += 1
    raise AssertionError("the disk never filled")


def test_nothing_is_started_on_a_disk_that_is_all_but_full(small_disk: Path) -> None:
    with pytest.raises(Refusal, match=r"only \d+ MB are free .* free at least 400 MB"):
        preflight.prepare_directories(Settings(data_dir=small_disk / "var"))
