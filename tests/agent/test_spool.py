# SPDX-License-Identifier: Apache-2.0
"""The spool keeps what it was given through restarts, damage and full disks, and says what it could not keep."""

import os
import sqlite3
import subprocess
import sys
from array import array
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from steward_agent.protocol.samples import MAX_DELTA_MS
from steward_agent.spool import MAX_HELD_TICKS, Spool, files_aside
from steward_agent.spool_file import Batch, SpoolFile, Tick, Unwritten

T0 = 1_767_225_600_000
STEP = 30_000
KEYS = [("disk.reads", (("device", f"sd{i}"),)) for i in range(50)]
ROUND = [(key, float(i)) for i, key in enumerate(KEYS)]


def path_in(folder: Path) -> Path:
    return folder / "spool.sqlite"


def fill(spool: Spool, count: int, first: int = 0) -> list[int]:
    stamps = [T0 + STEP * (first + i) for i in range(count)]
    for stamp in stamps:
        spool.append(stamp, ROUND)
    return stamps


def fill_at_once(path: Path, count: int) -> list[int]:
    """As `fill`, in one transaction."""
    stamps = [T0 + STEP * i for i in range(count)]
    keys, values = zip(*ROUND, strict=True)
    file = SpoolFile(path)
    ticks = [Tick(stamp, keys, array("d", values)) for stamp in stamps]
    file.write(Unwritten(ticks=ticks), max_bytes=2**40, in_flight=None)
    file.close()
    return stamps


def content(batch: Batch) -> list[tuple[int, object, float]]:
    return [(tick.ts, key, value) for tick in batch.ticks for key, value in zip(tick.keys, tick.values, strict=True)]


def drain(spool: Spool, limit: int = 2000) -> list[Batch]:
    found = []
    while (batch := spool.next_batch(limit)) is not None:
        found.append(batch)
        spool.acknowledge(batch)
    return found


def test_what_went_in_comes_out_once_and_is_gone(tmp_path):
    spool = Spool(path_in(tmp_path))
    stamps = fill(spool, 7)
    batches = drain(spool, 150)
    seen = [one for batch in batches for one in content(batch)]
    assert sorted(seen) == sorted((ts, key, value) for ts in stamps for key, value in ROUND)
    assert spool.state().waiting == 0
    assert spool.next_batch() is None
    assert spool.close() == 0


def test_the_newest_goes_first_and_each_batch_is_in_order_of_time(tmp_path):
    spool = Spool(path_in(tmp_path))
    stamps = fill(spool, 6)
    batches = drain(spool, 100)
    assert [[tick.ts for tick in batch.ticks] for batch in batches] == [stamps[4:], stamps[2:4], stamps[:2]]
    assert [batch.sequence for batch in batches] == [1, 2, 3]


def test_a_batch_is_the_same_until_it_is_acknowledged(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 2)
    first = spool.next_batch()
    fill(spool, 3, first=2)
    assert spool.next_batch() == first
    spool.close()
    again = Spool(path_in(tmp_path))
    second = again.next_batch()
    assert (second.boot_id, second.sequence, content(second)) == (first.boot_id, first.sequence, content(first))
    assert again.boot_id != first.boot_id
    again.close()


def test_boot_and_sequence_never_come_back_over_restarts(tmp_path):
    seen = []
    for start in range(5):
        spool = Spool(path_in(tmp_path))
        fill(spool, 4, first=4 * start)
        seen += [(batch.boot_id, batch.sequence) for batch in drain(spool, 50)]
        spool.close()
    assert len(set(seen)) == len(seen) == 20
    assert [sequence for _, sequence in seen] == list(range(1, 21))


def test_a_spool_restored_from_an_older_copy_repeats_no_sequence(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 1)
    spool.close()
    copy = path_in(tmp_path).read_bytes()
    seen = []
    for _ in range(2):
        path_in(tmp_path).write_bytes(copy)
        spool = Spool(path_in(tmp_path))
        seen += [(batch.boot_id, batch.sequence) for batch in drain(spool)]
        spool.close()
    assert len(set(seen)) == 2


def test_past_the_bound_the_oldest_goes_and_is_counted(tmp_path):
    bound = 1024 * 1024
    stamps = fill_at_once(path_in(tmp_path), 2900)
    spool = Spool(path_in(tmp_path), bound)
    stamps += fill(spool, 100, first=2900)
    state = spool.state()
    assert state.used_bytes <= bound
    assert state.dropped > 0
    assert state.waiting + state.dropped == 3000 * len(ROUND)
    spool.close()
    assert path_in(tmp_path).stat().st_size < 1.5 * bound
    spool = Spool(path_in(tmp_path), bound)
    assert spool.state().dropped == state.dropped
    kept = sorted(tick.ts for batch in drain(spool) for tick in batch.ticks)
    assert kept == stamps[-len(kept) :]
    spool.close()


def test_what_is_in_flight_is_not_dropped(tmp_path):
    fill_at_once(path_in(tmp_path), 2000)
    spool = Spool(path_in(tmp_path), 1024 * 1024)
    batch = spool.next_batch()
    fill(spool, 100, first=2000)
    assert spool.state().dropped > 0
    assert spool.next_batch() == batch
    spool.close()
    spool = Spool(path_in(tmp_path), 1024 * 1024)
    assert content(spool.next_batch()) == content(batch)
    spool.close()


def test_a_drained_spool_gives_its_space_back(tmp_path):
    fill_at_once(path_in(tmp_path), 6000)
    spool = Spool(path_in(tmp_path))
    full = spool.state().used_bytes
    drain(spool)
    spool.close()
    assert path_in(tmp_path).stat().st_size < full / 2


@pytest.mark.parametrize("damage", ["noise", "empty header", "middle"])
def test_a_damaged_file_is_set_aside_with_the_reason(tmp_path, damage):
    spool = Spool(path_in(tmp_path))
    fill(spool, 200)
    spool.close()
    raw = bytearray(path_in(tmp_path).read_bytes())
    if damage == "noise":
        raw = bytearray(os.urandom(len(raw)))
    elif damage == "empty header":
        raw[:100] = bytes(100)
    else:
        for page in range(4096, len(raw) - 4096, 8192):
            raw[page : page + 200] = os.urandom(200)
    path_in(tmp_path).write_bytes(raw)
    spool = Spool(path_in(tmp_path))
    assert spool.reason_aside
    [aside] = files_aside(path_in(tmp_path))
    # SQLite may have touched the header before it saw the rest.
    assert aside.read_bytes()[4096:] == bytes(raw)[4096:]
    assert aside.with_name(aside.name + ".reason").read_text().strip() == spool.reason_aside
    fill(spool, 3)
    assert sum(batch.samples for batch in drain(spool)) == 3 * len(ROUND)
    spool.close()


def test_only_the_last_damaged_files_are_kept(tmp_path):
    for _ in range(5):
        path_in(tmp_path).write_bytes(b"noise" * 1000)
        Spool(path_in(tmp_path)).close()
    assert len(files_aside(path_in(tmp_path))) == 2
    assert len(list(tmp_path.iterdir())) <= 2 * 2 + 1


def test_a_file_of_a_later_agent_is_set_aside_not_spoilt(tmp_path):
    connection = sqlite3.connect(path_in(tmp_path))
    connection.execute("PRAGMA user_version = 99")
    connection.execute("CREATE TABLE treasure (gold)")
    connection.close()
    spool = Spool(path_in(tmp_path))
    assert "later agent" in spool.reason_aside
    spool.close()


def test_a_tick_that_rotted_is_set_aside_and_the_others_go_out(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 3)
    spool.close()
    connection = sqlite3.connect(path_in(tmp_path))
    connection.execute("UPDATE ticks SET body = zeroblob(length(body)) WHERE id = 2")
    connection.commit()
    connection.close()
    spool = Spool(path_in(tmp_path))
    sent = [tick.ts for batch in drain(spool) for tick in batch.ticks]
    assert sent == [T0, T0 + 2 * STEP]
    assert spool.state().set_aside == len(ROUND)
    assert spool.last_aside()[1] == "damaged on the disk"
    assert spool.state().waiting == 0
    spool.close()


def test_a_full_disk_is_survived_delivered_around_and_healed(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 20)
    spool.limit_pages(1)
    before = spool.state()
    stamps = fill(spool, 100, first=20)
    state = spool.state()
    assert "full" in state.trouble
    assert state.waiting == before.waiting + 100 * len(ROUND)
    first = spool.next_batch()
    assert first.ticks[-1].ts == stamps[-1]
    spool.acknowledge(first)
    assert spool.next_batch().ticks[-1].ts == stamps[-2]
    spool.limit_pages(2**20)
    fill(spool, 1, first=120)
    assert spool.state().trouble == ""
    sent = [first, *drain(spool)]
    assert sorted(tick.ts for batch in sent for tick in batch.ticks) == [T0 + STEP * i for i in range(121)]
    assert len({batch.sequence for batch in sent}) == len(sent)
    assert spool.close() == 0


def test_a_full_disk_for_too_long_drops_the_oldest_and_counts(tmp_path):
    spool = Spool(path_in(tmp_path))
    spool.limit_pages(1)
    fill(spool, MAX_HELD_TICKS + 30)
    waiting, dropped = spool.state().waiting, spool.state().dropped
    assert dropped > 0
    assert waiting + dropped == (MAX_HELD_TICKS + 30) * len(ROUND)
    assert spool.close() == MAX_HELD_TICKS * len(ROUND)


def test_the_kernels_limit_on_the_file_counts_as_a_full_disk(tmp_path):
    code = """
import resource, signal, sys
from pathlib import Path
from steward_agent.spool import Spool
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spool = Spool(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, resource.RLIM_INFINITY))
for i in range(1, 3001):
    spool.append(1000 * i, [(("disk.reads", (("device", str(d)),)), float(d)) for d in range(50)])
    if spool.state().trouble:
        break
trouble, waiting = spool.state().trouble, spool.state().waiting
assert trouble, "never full"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
spool.append(1000 * (i + 1), [(("load.1", ()), 1.0)])
assert spool.state().trouble == "", spool.state()
assert spool.state().waiting == waiting + 1 == 50 * i + 1
assert spool.close() == 0
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(path_in(tmp_path))], check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr


def test_a_file_that_breaks_while_open_is_replaced_and_memory_is_kept(tmp_path):
    path = path_in(tmp_path)
    fill_at_once(path, 3000)
    spool = Spool(path)
    batch = spool.next_batch(100)
    with path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
    os.truncate(f"{path}-wal", 0)
    assert spool.next_batch() == batch
    spool.acknowledge(batch)
    while not spool.reason_aside:
        spool.acknowledge(spool.next_batch() or batch)
    fill(spool, 3, first=3000)
    assert spool.state().trouble == ""
    assert {tick.ts for one in drain(spool) for tick in one.ticks} >= {T0 + STEP * i for i in (3000, 3001, 3002)}
    assert len(files_aside(path)) == 1
    spool.close()


def test_kill_minus_nine_loses_nothing_that_was_kept(tmp_path):
    code = """
import os, sys
from pathlib import Path
from steward_agent.spool import Spool
spool = Spool(Path(sys.argv[1]))
for i in range(10_000):
    spool.append(1000 * i, [(("load.1", ()), float(i))])
    print(i, flush=True)
"""
    child = subprocess.Popen([sys.executable, "-c", code, str(path_in(tmp_path))], stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        if int(line) >= 150:
            break
    child.kill()
    rest = child.stdout.read().split()
    child.wait()
    last = int(rest[-1]) if rest else 150
    spool = Spool(path_in(tmp_path))
    assert spool.reason_aside == ""
    sent = sorted(tick.ts for batch in drain(spool) for tick in batch.ticks)
    assert sent[: last + 1] == [1000 * i for i in range(last + 1)]
    assert len(sent) <= last + 2
    spool.close()


def test_a_batch_refused_for_its_size_is_split_and_a_single_tick_is_not(tmp_path):
    spool = Spool(path_in(tmp_path))
    stamps = fill(spool, 4)
    batch = spool.next_batch()
    assert spool.split(batch)
    halves = drain(spool, batch.samples // 2)
    assert [[tick.ts for tick in half.ticks] for half in halves] == [stamps[2:], stamps[:2]]
    assert batch.sequence not in {half.sequence for half in halves}
    fill(spool, 1, first=4)
    assert not spool.split(spool.next_batch())
    spool.close()


def test_what_is_refused_for_good_does_not_block_the_rest(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 2)
    spool.set_aside(spool.next_batch(50), "poison")
    assert [tick.ts for batch in drain(spool) for tick in batch.ticks] == [T0]
    assert (spool.state().set_aside, spool.last_aside()[1]) == (len(ROUND), "poison")
    spool.close()


def test_stamps_too_far_apart_for_one_batch_go_in_two(tmp_path):
    spool = Spool(path_in(tmp_path))
    for stamp in (T0, T0 + MAX_DELTA_MS, T0 + MAX_DELTA_MS + 1):
        spool.append(stamp, ROUND[:1])
    assert [[tick.ts for tick in batch.ticks] for batch in drain(spool)] == [
        [T0 + MAX_DELTA_MS, T0 + MAX_DELTA_MS + 1],
        [T0],
    ]
    spool.close()


def test_the_last_stamp_survives_a_restart(tmp_path):
    spool = Spool(path_in(tmp_path))
    [stamp] = fill(spool, 1)
    drain(spool)
    spool.close()
    spool = Spool(path_in(tmp_path))
    assert spool.last_ts == stamp
    spool.close()


def test_nobody_else_can_read_the_spool(tmp_path):
    spool = Spool(path_in(tmp_path))
    fill(spool, 1)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}
    spool.close()


class Deliveries(RuleBasedStateMachine):
    """Rounds, deliveries, lost answers, restarts and full disks in any order: every sample arrives, the same each time."""

    batches = Bundle("batches")

    @initialize()
    def begin(self):
        self.folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"spool-{os.getpid()}-{id(self)}"
        self.folder.mkdir()
        self.now = T0
        self.put: set[tuple[int, object, float]] = set()
        self.got: dict[tuple[bytes, int], list[object]] = {}
        self.marks: dict[bytes, int] = {}
        self.full = False
        self.spool = Spool(path_in(self.folder))

    @rule(samples=st.integers(1, 5), rounds=st.integers(1, 4))
    def measure(self, samples, rounds):
        for _ in range(rounds):
            self.now += STEP
            readings = [(key, float(self.now + i)) for i, key in enumerate(KEYS[:samples])]
            self.spool.append(self.now, readings)
            self.put |= {(self.now, key, value) for key, value in readings}

    @rule(limit=st.integers(1, 12), answered=st.booleans())
    def deliver(self, limit, answered):
        batch = self.spool.next_batch(limit)
        if batch is None:
            return
        name = (batch.boot_id, batch.sequence)
        assert self.got.setdefault(name, content(batch)) == content(batch), "one name, two contents"
        assert batch.sequence >= self.marks.get(batch.boot_id, 0), "out of order within a boot"
        self.marks[batch.boot_id] = batch.sequence
        if answered:
            self.spool.acknowledge(batch)

    @rule(limit=st.integers(1, 12))
    def too_large(self, limit):
        batch = self.spool.next_batch(limit)
        if batch is not None and (batch.boot_id, batch.sequence) not in self.got:
            self.spool.split(batch)

    @rule()
    def disk_fills_or_frees(self):
        self.full = not self.full
        self.spool.limit_pages(1 if self.full else 2**20)

    @rule()
    def restart(self):
        if self.full:
            self.disk_fills_or_frees()
        assert self.spool.close() == 0
        self.spool = Spool(path_in(self.folder))

    @invariant()
    def nothing_is_lost(self):
        if hasattr(self, "spool"):
            assert self.spool.state().dropped == 0

    def teardown(self):
        if not hasattr(self, "spool"):
            return
        if self.full:
            self.disk_fills_or_frees()
        self.spool.append(self.now + STEP, ROUND[:1])
        got = {one for seen in self.got.values() for one in seen} | {
            one for b in drain(self.spool) for one in content(b)
        }
        assert self.put <= got
        self.spool.close()
        for file in self.folder.iterdir():
            file.unlink()
        self.folder.rmdir()


TestDeliveries = Deliveries.TestCase
TestDeliveries.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)


@pytest.mark.prove
class TestManyDeliveries(Deliveries.TestCase):
    settings = settings(max_examples=300, stateful_step_count=50, deadline=None)
