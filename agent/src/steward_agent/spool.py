# SPDX-License-Identifier: Apache-2.0
"""What was seen and not yet acknowledged, kept through restarts, cut lines and full disks.

Each round of the collectors is a *tick*. Shortly before sending, ticks are *sealed* into a batch: from then on the
batch keeps its boot id, sequence and content until the gateway acknowledges it. There is at most one batch in flight
per boot and sequences are given when sealing, so a boot's batches reach the gateway in the order of their sequences,
although after an outage the newest ticks are sealed first. The boot id is new at every start: (boot id, sequence)
never comes back, not even when the machine is restored from an older copy of its disk.

What came of the checks is kept beside: samples as ticks, and a *record* each with the reason, written together. Records
are named by check and time, so they need no seal: one that comes twice changes nothing.

Bounded in bytes: past the bound the oldest goes, and is counted. While the disk refuses, ticks wait in memory (bounded
in number) and are delivered from there; they reach the disk as soon as it accepts again.
"""

import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_bytes
from threading import RLock
from typing import TypeVar

from steward_agent.protocol.results import MAX_RESULTS
from steward_agent.protocol.samples import BOOT_ID_BYTES, MAX_SAMPLES
from steward_agent.spool_file import Aside, Batch, Record, SeriesKey, SpoolFile, Tick, Unwritten
from steward_agent.store import StoreCorrupt, StoreTrouble

DEFAULT_MAX_BYTES = 128 * 1024 * 1024
BATCH_SAMPLES = 2_000
MAX_HELD_TICKS = 240
MAX_HELD_RECORDS = 2_000
RECORDS_BYTES = 512 * 1024
KEEP_FILES_ASIDE = 2
_SUFFIXES = ("", "-wal", "-shm")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SpoolState:
    """For people and for the agent's own metrics. Counts are of samples but for the records, which are results of checks.

    `trouble` is empty while the disk accepts.
    """

    waiting: int
    used_bytes: int
    dropped: int
    set_aside: int
    trouble: str
    records: int = 0
    dropped_records: int = 0


class Spool:
    """Safe for threads. Never raises for the disk's sake: it holds in memory what the disk refuses."""

    def __init__(self, path: Path, max_bytes: int = DEFAULT_MAX_BYTES) -> None:
        """Opens `path`. A file that fails its check is set aside beside it with the reason, and a new one begun."""
        self.boot_id = token_bytes(BOOT_ID_BYTES)
        self.reason_aside = ""
        self._path = path
        self._max_bytes = max_bytes
        self._lock = RLock()
        self._file: SpoolFile | None = None
        self._unwritten = Unwritten()
        self._in_flight: Batch | None = None
        self._sequence = 0
        self._trouble = ""
        self._last_ts = self._guarded(lambda file: file.mark("last_ts"), 0)

    @property
    def last_ts(self) -> int:
        """The stamp of the last tick kept, unix ms; 0 when there was none."""
        return self._last_ts

    def append(self, ts: int, samples: Iterable[tuple[SeriesKey, float]]) -> int:
        """Keeps one round seen at `ts` (unix ms); how many samples it had. A round of nothing is not kept."""
        pairs = list(samples)[:MAX_SAMPLES]
        if not pairs:
            return 0
        tick = Tick(ts, tuple(key for key, _ in pairs), array("d", (value for _, value in pairs)))
        with self._lock:
            self._last_ts = self._unwritten.last_ts = ts
            self._unwritten.ticks.append(tick)
            self._settle()
            self._bound()
        return len(pairs)

    def observed(self, samples: Mapping[int, Sequence[tuple[SeriesKey, float]]], records: Sequence[Record]) -> None:
        """Keeps what came of checks, samples by their stamp (unix ms) and records, both or neither."""
        with self._lock:
            for ts, pairs in samples.items():
                self._hold(ts, pairs)
            self._unwritten.records.extend(records)
            self._settle()
            self._bound()

    def next_records(self, count: int = MAX_RESULTS, size: int = RECORDS_BYTES) -> list[Record]:
        """Results to send, newest first, up to `count` of `size` bytes in all; those the disk refused come first."""
        with self._lock:
            held = self._unwritten.records[-count:]
            return held[::-1] or self._guarded(lambda file: file.records(count, size, self._unwritten), [])

    def records_done(self, records: Sequence[Record], reason: str = "") -> None:
        """The server has them, durably: forget them. With a `reason` it never will: keep that (and the last hundred) apart."""
        with self._lock:
            if reason:
                self._unwritten.aside.extend(Aside(each.at, 0, reason, each.body) for each in records)
            self._unwritten.done_records.update(each.row for each in records if each.row is not None)
            gone = {id(each) for each in records}
            self._unwritten.records = [each for each in self._unwritten.records if id(each) not in gone]
            self._settle()

    def checked(self) -> dict[str, int]:
        """The last stamp (unix ms) of each check."""
        with self._lock:
            nothing: dict[str, int] = {}
            return self._guarded(lambda file: file.checked(), nothing)

    def next_batch(self, limit: int = BATCH_SAMPLES) -> Batch | None:
        """The batch to send now, the same one until it is acknowledged, set aside or split; None when all is sent."""
        with self._lock:
            if self._in_flight is None:
                self._in_flight = self._guarded(lambda file: file.sealed(self._unwritten), None)
            if self._in_flight is None:
                self._in_flight = self._seal(limit)
            return self._in_flight

    def acknowledge(self, batch: Batch) -> None:
        """The gateway has it, durably: forget it."""
        with self._lock:
            self._in_flight = None
            self._unwritten.done_ticks.update(tick.row for tick in batch.ticks if tick.row is not None)
            if batch.row is not None:
                self._unwritten.done_batches.add(batch.row)
            self._settle()

    def set_aside(self, batch: Batch, reason: str) -> None:
        """The gateway will never take it: keep it apart with the reason (the last hundred ticks), and go on."""
        with self._lock:
            for tick in batch.ticks:
                self._unwritten.aside.append(Aside(tick.ts, len(tick.keys), reason, tick.values.tobytes()))
            self.acknowledge(batch)

    def split(self, batch: Batch) -> bool:
        """The gateway refused it for its size and kept nothing: its ticks are free again. False for a single tick."""
        if len(batch.ticks) < 2:
            return False
        with self._lock:
            row = batch.row
            if row is not None and not self._guarded(lambda file: _released(file, row), False):
                return False
            self._in_flight = None
            self._unwritten.ticks[:0] = [tick for tick in batch.ticks if tick.row is None]
        return True

    def backlog(self) -> bool:
        """Whether anything waits beside what is in flight."""
        with self._lock:
            if self._unwritten.ticks:
                return True
            flying = {tick.row for tick in self._in_flight.ticks} if self._in_flight else set()
            limit = 1 + (self._in_flight.samples if self._in_flight else 0)
            return any(tick.row not in flying for tick in self._free(limit))

    def state(self) -> SpoolState:
        with self._lock:
            held = self._unwritten.samples
            if self._in_flight is not None:
                held += sum(len(tick.keys) for tick in self._in_flight.ticks if tick.row is None)
            return SpoolState(
                waiting=held + self._guarded(lambda file: file.waiting(), 0),
                used_bytes=self._guarded(lambda file: file.used_bytes(), 0),
                dropped=self._unwritten.dropped + self._guarded(lambda file: file.mark("dropped"), 0),
                set_aside=self._guarded(lambda file: file.mark("set_aside"), 0),
                trouble=self._trouble,
                records=len(self._unwritten.records) + self._guarded(lambda file: file.waiting_records(), 0),
                dropped_records=self._unwritten.dropped_records
                + self._guarded(lambda file: file.mark("dropped_records"), 0),
            )

    def last_aside(self) -> tuple[int, str] | None:
        """When (unix ms) and why something was last set aside."""
        with self._lock:
            return self._guarded(lambda file: file.last_aside(), None)

    def limit_pages(self, pages: int) -> None:
        """SQLite's own bound on the file, after which it answers as it does on a full disk."""
        with self._lock:
            self._guarded(lambda file: file.limit_pages(pages), None)

    def close(self) -> int:
        """Everything to the disk; how many samples it refused to the last, which are lost."""
        with self._lock:
            if self._in_flight is not None:
                self._unwritten.ticks[:0] = [tick for tick in self._in_flight.ticks if tick.row is None]
                self._in_flight = None
            self._settle()
            if self._file is not None:
                self._file.close()
            return self._unwritten.samples

    def _hold(self, ts: int, pairs: Sequence[tuple[SeriesKey, float]]) -> None:
        """One tick a stamp while the disk refuses, since ticks are what memory is bounded by."""
        keys, values = tuple(key for key, _ in pairs), array("d", (value for _, value in pairs))
        ticks = self._unwritten.ticks
        for at, tick in enumerate(ticks):
            if tick.ts == ts and len(tick.keys) + len(keys) <= MAX_SAMPLES:
                ticks[at] = Tick(ts, tick.keys + keys, tick.values + values)
                return
        ticks.append(Tick(ts, keys, values))

    def _bound(self) -> None:
        held = self._unwritten
        while len(held.ticks) > MAX_HELD_TICKS:
            held.dropped += len(held.ticks.pop(0).keys)
        surplus = max(0, len(held.records) - MAX_HELD_RECORDS)
        held.dropped_records += surplus
        del held.records[:surplus]

    def _seal(self, limit: int) -> Batch | None:
        limit = min(limit, MAX_SAMPLES)
        held = self._unwritten.ticks
        ticks: tuple[Tick, ...] = (held[-1],) if held else ()
        if not ticks:
            ticks = self._free(limit)
        if not ticks:
            return None
        self._sequence += 1
        sequence = self._sequence
        if held:
            held.pop()
            return Batch(self.boot_id, sequence, ticks)
        row = self._guarded(lambda file: file.seal(self.boot_id, sequence, ticks), None)
        return Batch(self.boot_id, sequence, ticks, row)

    def _free(self, limit: int) -> tuple[Tick, ...]:
        nothing: tuple[Tick, ...] = ()
        return self._guarded(lambda file: file.free_ticks(limit, self._unwritten), nothing)

    def _settle(self) -> None:
        in_flight = self._in_flight.row if self._in_flight else None
        if self._guarded(lambda file: _written(file, self._unwritten, self._max_bytes, in_flight), False):
            self._unwritten = Unwritten()
            self._trouble = ""

    def _guarded(self, work: Callable[[SpoolFile], T], otherwise: T) -> T:
        """`work` on the file, or `otherwise` while the disk refuses; a file that broke is replaced for the next call."""
        try:
            if self._file is None:
                self._file = self._opened()
            return work(self._file)
        except StoreTrouble as error:
            self._trouble = str(error)
        except StoreCorrupt as error:
            self._trouble = str(error)
            self._replace(str(error))
        return otherwise

    def _opened(self) -> SpoolFile:
        try:
            file = SpoolFile(self._path)
        except StoreCorrupt as error:
            _put_file_aside(self._path, str(error))
            self.reason_aside = str(error)
            file = SpoolFile(self._path)
        self._sequence = max(self._sequence, file.mark("sequence"))
        return file

    def _replace(self, reason: str) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        _put_file_aside(self._path, reason)
        self.reason_aside = reason
        # Rows of the old file mean nothing in the new one.
        self._unwritten.done_ticks.clear()
        self._unwritten.done_batches.clear()
        self._unwritten.done_records.clear()
        if self._in_flight is not None:
            ticks = tuple(Tick(tick.ts, tick.keys, tick.values) for tick in self._in_flight.ticks)
            self._in_flight = Batch(self._in_flight.boot_id, self._in_flight.sequence, ticks)


def files_aside(path: Path) -> list[Path]:
    """The spool files that were set aside beside `path`, oldest first."""
    return [reason.with_suffix("") for reason in sorted(path.parent.glob(f"{path.name}.aside-*.reason"))]


def _put_file_aside(path: Path, reason: str) -> None:
    aside = path.with_name(f"{path.name}.aside-{int(time.time() * 1000)}")
    for suffix in _SUFFIXES:
        with suppress(OSError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    with suppress(OSError):
        aside.with_name(aside.name + ".reason").write_text(f"{reason}\n", "utf-8")
    for old in files_aside(path)[:-KEEP_FILES_ASIDE]:
        for suffix in (*_SUFFIXES, ".reason"):
            old.with_name(old.name + suffix).unlink(missing_ok=True)


def _released(file: SpoolFile, batch: int) -> bool:
    file.release(batch)
    return True


def _written(file: SpoolFile, unwritten: Unwritten, max_bytes: int, in_flight: int | None) -> bool:
    file.write(unwritten, max_bytes=max_bytes, in_flight=in_flight)
    return True
