# SPDX-License-Identifier: Apache-2.0
"""The store as a process: one to a path, a quick and clean end, and what it holds after a violent one."""

import shutil
import subprocess
import threading
import time
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from steward.core.telemetry.connection import TelemetryUnavailable, open_client
from steward.core.telemetry.native import Column, encode_block
from tests.fixtures.store import Store, running_store, until

TABLE = """create table {name} (c UInt32, v UInt64) engine = MergeTree order by c
  settings non_replicated_deduplication_window = 10000, fsync_after_insert = 1, fsync_part_directory = 1"""
SLOW = "select count() from numbers(100000000000) where number % 7 = 3"
ROWS = 500


def test_a_second_store_on_the_same_path_is_refused_in_one_line(store_process: Store) -> None:
    twin = Store(store_process.folder)
    before = twin.log
    refused = twin.launch()
    assert refused.wait(timeout=20) == 1
    said = twin.log.removeprefix(before).strip().splitlines()
    assert len(said) == 1
    assert f"another store (process {store_process.pid}) has {store_process.path}" in said[0]
    assert store_process.client().command("select 1") == 1
    assert store_process.port_file.exists()


def test_data_that_cannot_be_used_are_named_in_one_line(tmp_path: Path) -> None:
    broken = Store(tmp_path)
    broken.path.write_text("a file where a directory should be")
    process = broken.launch()
    assert process.wait(timeout=30) == 1
    said = broken.log.strip().splitlines()
    assert len(said) == 1
    assert said[0].startswith(f"steward store: can't use {broken.path}: File exists")


def test_it_ends_at_once_when_idle_and_its_port_file_goes_with_it(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        client.command(TABLE.format(name="t"))
        client.command("insert into t select number, number from numbers(1000)")
        took = store.stop()
        assert took < 2
        assert store.process is not None
        assert store.process.returncode == 0
        assert not store.port_file.exists()
        store.start()
        assert store.client().command("select count() from t") == 1000


def test_a_request_under_way_is_finished_before_the_end(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        answers: list[object] = []
        asking = threading.Thread(target=lambda: answers.append(client.command("select sleep(1.5), 'u' || 'w'")))
        asking.start()
        watching = store.client()
        until(
            lambda: watching.command("select count() from system.processes where query like '%sleep(1.5)%'") == 2,
            5,
            "the query to run",
        )
        took = store.stop()
        asking.join(timeout=5)
        assert took < 5
        assert answers
        assert "uw" in str(answers[0])


def test_a_query_without_end_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        failures: list[Exception] = []

        def ask() -> None:
            try:
                client.query(SLOW)
            except Exception as failure:
                failures.append(failure)

        asking = threading.Thread(target=ask)
        asking.start()
        watching = store.client()
        until(
            lambda: watching.command("select count() from system.processes where query like '%numbers(1000%'") == 2,
            5,
            "the query to run",
        )
        took = store.stop()
        asking.join(timeout=5)
        assert took < 5.5
        assert failures
        assert store.process is not None
        assert store.process.returncode == 0


@pytest.mark.parametrize("rounds", [3, pytest.param(20, marks=pytest.mark.prove)])
def test_killed_during_inserts_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    tmp_path: Path, rounds: int
) -> None:
    acknowledged: set[int] = set()
    sent: set[int] = set()
    starts: list[float] = []
    with running_store(tmp_path) as store:
        store.client().command(TABLE.format(name="k"))
        batch = 0
        for round_number in range(rounds):
            batch = _insert_until_killed(store, batch, acknowledged, sent, seconds=0.4 + 0.13 * (round_number % 5))
            starts.append(store.start())
        counts = dict(store.client().query("select v, count() from k group by v").result_rows)
        broken = store.client().command("select count() from system.detached_parts")
    print(
        f"rounds {rounds}, sent {len(sent)}, acknowledged {len(acknowledged)}, stored {len(counts)}, slowest start {max(starts):.1f} s"
    )
    assert len(acknowledged) >= rounds
    assert acknowledged <= set(counts), "an acknowledged batch is gone"
    assert set(counts.values()) == {ROWS}, "a batch is stored in part or twice"
    assert set(counts) <= sent
    assert broken == 0
    assert max(starts) < 10


def _insert_until_killed(store: Store, batch: int, acknowledged: set[int], sent: set[int], *, seconds: float) -> int:
    """Insert batches, each again with its token until acknowledged; kill -9 after `seconds`. The number of the next batch.

    The batch that was cut off is sent again after the restart by the next round, under the same token.
    """
    client = store.client()
    killer = threading.Timer(seconds, store.kill)
    killer.start()
    try:
        while True:
            sent.add(batch)
            columns = {"c": Column("UInt32", [batch] * ROWS), "v": Column("UInt64", [batch] * ROWS)}
            client.raw_insert(
                "k",
                list(columns),
                encode_block(columns),
                fmt="Native",
                settings={"insert_deduplication_token": f"b{batch}"},
            )
            acknowledged.add(batch)
            batch += 1
    except Exception as cut_off:
        if "code: " in str(cut_off).lower():
            raise
        return batch
    finally:
        killer.join()


def test_a_backup_is_taken_and_brought_back_while_it_runs(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        client.command("create database b")
        client.command(TABLE.format(name="b.t"))
        client.command("insert into b.t select number, number from numbers(1000)")
        client.command(f"backup database b to File('{tmp_path}/backups/one')")
        client.command("drop database b sync")
        client.command(f"restore database b from File('{tmp_path}/backups/one')")
        assert client.command("select sum(v) from b.t") == 499500
        with pytest.raises(DatabaseError):
            client.command(f"backup database b to File('{tmp_path}/elsewhere')")


def test_a_store_that_is_down_says_so(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        place = store.place
        client = store.client()
        store.kill()
        with pytest.raises(TelemetryUnavailable):
            open_client(place)
        with pytest.raises(Exception, match=r"Error|refused|closed"):
            client.command("select 1")


def test_a_nearly_full_disk_refuses_inserts_clearly_and_heals(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(volume)], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small volume needs root")
    try:
        with running_store(volume, free_bytes=24 << 20) as store:
            _fill_and_heal(store, volume)
    finally:
        subprocess.run(["umount", "-l", str(volume)], check=True)


def _fill_and_heal(store: Store, volume: Path) -> None:
    client = store.client()
    client.command(TABLE.format(name="f"))
    client.command(
        "insert into f select number, 1 from numbers(1000)", settings={"insert_deduplication_token": "first"}
    )
    ballast = volume / "ballast"
    free = shutil.disk_usage(volume).free
    ballast.write_bytes(bytes(free - (16 << 20)))
    columns = {"c": Column("UInt32", [1] * ROWS), "v": Column("UInt64", [2] * ROWS)}

    def insert() -> None:
        client.raw_insert(
            "f", list(columns), encode_block(columns), fmt="Native", settings={"insert_deduplication_token": "second"}
        )

    with pytest.raises(Exception, match="243") as failure:
        insert()
    assert "NOT_ENOUGH_SPACE" in str(failure.value)
    assert client.command("select count() from f") == 1000
    ballast.unlink()
    insert()
    insert()
    assert client.command("select count() from f") == 1000 + ROWS


def test_a_slow_query_never_holds_up_an_insert(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        client.command(TABLE.format(name="s"))
        stopping = threading.Event()

        def keep_asking() -> None:
            own = store.client()
            while not stopping.is_set():
                try:
                    own.query("select uniqExact(number) from numbers(3000000)", settings={"max_execution_time": 60})
                except Exception as failure:
                    if not stopping.is_set() and "code: 202" not in str(failure):
                        raise

        # Twice as many as there are turns for queries.
        askers = [threading.Thread(target=keep_asking) for _ in range(16)]
        for each in askers:
            each.start()
        waits = [_timed_insert(client, number) for number in range(40)]
        stopping.set()
        client.command("KILL QUERY WHERE query LIKE 'select uniqExact%' ASYNC")
        for each in askers:
            each.join(timeout=30)
        waits.sort()
        print(
            f"inserts of {ROWS} rows beside 16 slow queries: median {waits[20] * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms"
        )
        assert client.command("select count() from s") == 40 * ROWS
        assert waits[20] < 1.0
        assert waits[-1] < 5.0


def _timed_insert(client: Client, number: int) -> float:
    columns = {"c": Column("UInt32", [number] * ROWS), "v": Column("UInt64", [number] * ROWS)}
    begun = time.monotonic()
    client.raw_insert("s", list(columns), encode_block(columns), fmt="Native")
    return time.monotonic() - begun


def test_memory_is_capped_and_an_insert_still_finds_room(tmp_path: Path) -> None:
    cap = 700 << 20
    with running_store(tmp_path, memory=cap) as store:
        client = store.client()
        client.command(TABLE.format(name="m"))
        greedy = "select length(groupArray(number)) from numbers(300000000)"
        outcomes: list[str] = []

        def ask() -> None:
            own = store.client()
            try:
                own.query(greedy, settings={"max_memory_usage": 0, "max_execution_time": 60})
                outcomes.append("answered")
            except DatabaseError as failure:
                outcomes.append(str(failure.code))

        askers = [threading.Thread(target=ask) for _ in range(3)]
        for each in askers:
            each.start()
        inserted = 0
        while any(each.is_alive() for each in askers):
            columns = {"c": Column("UInt32", [inserted] * ROWS), "v": Column("UInt64", [inserted] * ROWS)}
            client.raw_insert("m", list(columns), encode_block(columns), fmt="Native")
            inserted += 1
            time.sleep(0.02)
        status = Path(f"/proc/{store.pid}/status").read_text().splitlines()
        peak = int(next(line for line in status if line.startswith("VmHWM")).split()[1]) << 10
        print(
            f"outcomes {outcomes}, {inserted} inserts beside them, peak {peak >> 20} MB under a cap of {cap >> 20} MB"
        )
        assert outcomes == ["241"] * 3
        assert inserted > 0
        assert client.command("select count() from m") == inserted * ROWS
        assert peak < cap + (500 << 20)  # the engine's own file is mapped on top of what it counts
        assert client.command("select sum(number) from numbers(1000)") == 499500
