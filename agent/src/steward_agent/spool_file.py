# SPDX-License-Identifier: Apache-2.0
"""The spool's file in the spool's own words: ticks, batches, what is set aside. All of it raises for the disk's sake."""

import zlib
from array import array
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import time

import msgspec

from steward_agent.protocol.samples import MAX_DELTA_MS
from steward_agent.store import Store, StoreTrouble, Value

KEEP_ASIDE = 100
_PRUNE_SERIES_ABOVE = 2_000
_ID_BYTES = 4
_NOTHING = -1
# Longer than the longest interval of a check.
_CHECKED_KEPT_MS = 7 * 86_400_000

# A series as the agent names it: metric and labels, sorted by label. Numbers exist only inside the file.
SeriesKey = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Tick:
    """One round of the collectors: `ts` is unix time in ms. `row` is None while it is in memory only."""

    ts: int
    keys: tuple[SeriesKey, ...]
    values: "array[float]"
    row: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What is sent at once, in order of time; the same until acknowledged. `row` is None when sealed in memory only."""

    boot_id: bytes
    sequence: int
    ticks: tuple[Tick, ...]
    row: int | None = None

    @property
    def samples(self) -> int:
        return sum(len(tick.keys) for tick in self.ticks)


@dataclass(frozen=True, slots=True)
class Aside:
    """What can't be delivered, and why. `body` is the content in the file's own form."""

    ts: int
    samples: int
    reason: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Record:
    """What came of one check at `at` (unix ms), encoded. `row` is None while it is in memory only."""

    check: str
    at: int
    body: bytes
    row: int | None = None


@dataclass(slots=True)
class Unwritten:
    """What memory knows and the file does not yet; written in one transaction, or kept."""

    ticks: list[Tick] = field(default_factory=list)
    done_ticks: set[int] = field(default_factory=set)
    done_batches: set[int] = field(default_factory=set)
    aside: list[Aside] = field(default_factory=list)
    dropped: int = 0
    last_ts: int | None = None
    records: list[Record] = field(default_factory=list)
    done_records: set[int] = field(default_factory=set)
    dropped_records: int = 0

    @property
    def samples(self) -> int:
        return sum(len(tick.keys) for tick in self.ticks)


class SpoolFile:
    """One file and the series it knows."""

    def __init__(self, path: Path) -> None:
        """Raises StoreCorrupt, StoreTrouble as `Store` does."""
        self._store = Store(path)
        try:
            self._prune_series()
            listed = self._store.run("list_series")
        except BaseException:
            self._store.close()
            raise
        self._keys = {_integer(number): _key(str(name), str(labels)) for number, name, labels in listed}
        self._numbers = {key: number for number, key in self._keys.items()}
        self._top = max(self._keys, default=0)

    def mark(self, name: str) -> int:
        """A counter of the file; 0 when it was never set."""
        rows = self._store.run("get_meta", key=name)
        return _integer(rows[0][0]) if rows else 0

    def write(self, unwritten: Unwritten, *, max_bytes: int, in_flight: int | None) -> None:
        """Everything of `unwritten`, or nothing. Past `max_bytes` the oldest goes, except the batch `in_flight`."""
        new: dict[SeriesKey, int] = {}
        with self._store.transaction():
            for row in unwritten.done_ticks:
                self._store.run("drop_tick", id=row)
            for batch in unwritten.done_batches:
                self._store.run("drop_batch", batch=batch)
            for tick in unwritten.ticks:
                self._add(tick, new)
            for aside in unwritten.aside:
                self._put_aside(aside)
            self._write_records(unwritten)
            dropped, dropped_records = self._make_room(max_bytes, in_flight)
            self._count("dropped", unwritten.dropped + dropped)
            self._count("dropped_records", unwritten.dropped_records + dropped_records)
            self._count("set_aside", sum(aside.samples for aside in unwritten.aside))
            if unwritten.last_ts is not None:
                self._store.run("set_meta", key="last_ts", value=unwritten.last_ts)
        self._numbers |= new
        self._keys |= {number: key for key, number in new.items()}
        self._top += len(new)
        # What was written is written, whatever becomes of this.
        with suppress(StoreTrouble):
            self._store.shrink()

    def sealed(self, unwritten: Unwritten) -> Batch | None:
        """The first sealed batch that is not done. Damaged ticks of it go to `unwritten.aside`."""
        after = 0
        while rows := self._store.run("oldest_batch", after=after):
            after, boot_id, sequence = _integer(rows[0][0]), rows[0][1], _integer(rows[0][2])
            if after in unwritten.done_batches:
                continue
            ticks = tuple(self._read(self._store.run("batch_ticks", batch=after), unwritten))
            if ticks and isinstance(boot_id, bytes):
                return Batch(boot_id, sequence, ticks, after)
            unwritten.done_batches.add(after)
        return None

    def free_ticks(self, limit: int, unwritten: Unwritten) -> tuple[Tick, ...]:
        """The newest ticks in no batch, in order of time: as many as hold `limit` samples, one at least if any."""
        chosen: list[Tick] = []
        room = limit
        for tick in self._read(self._store.each("free_ticks"), unwritten):
            if chosen and (len(tick.keys) > room or chosen[0].ts - tick.ts > MAX_DELTA_MS):
                break
            chosen.append(tick)
            room -= len(tick.keys)
        return tuple(reversed(chosen))

    def seal(self, boot_id: bytes, sequence: int, ticks: Iterable[Tick]) -> int:
        """Makes `ticks` of this file one batch; its row."""
        with self._store.transaction():
            batch = self._store.insert("add_batch", boot=boot_id, sequence=sequence)
            for tick in ticks:
                self._store.run("assign_tick", batch=batch, id=tick.row)
            self._store.run("set_meta", key="sequence", value=sequence)
        return batch

    def release(self, batch: int) -> None:
        """Takes the seal off."""
        with self._store.transaction():
            self._store.run("release_ticks", batch=batch)
            self._store.run("drop_batch", batch=batch)

    def waiting(self) -> int:
        """Samples in the file."""
        return _integer(self._store.run("count_waiting")[0][1])

    def records(self, count: int, size: int, unwritten: Unwritten) -> list[Record]:
        """The newest results, up to `count` of `size` bytes in all. Damaged ones go to `unwritten.aside`."""
        chosen: list[Record] = []
        for row, at, crc, body in self._store.each("newest_records"):
            if row in unwritten.done_records or not isinstance(body, bytes):
                continue
            size -= len(body)
            if len(chosen) >= count or size < 0:
                break
            if zlib.crc32(body) == crc:
                chosen.append(Record("", _integer(at), body, _integer(row)))
                continue
            unwritten.done_records.add(_integer(row))
            unwritten.aside.append(Aside(_integer(at), 0, "damaged on the disk", body))
        return chosen

    def waiting_records(self) -> int:
        """Results in the file."""
        return _integer(self._store.run("count_records")[0][0])

    def checked(self) -> dict[str, int]:
        """The last stamp (unix ms) of each check."""
        return {str(name): _integer(at) for name, at in self._store.run("list_checked")}

    def last_aside(self) -> tuple[int, str] | None:
        """When (unix ms) and why."""
        rows = self._store.run("last_aside")
        return (_integer(rows[0][0]), str(rows[0][1])) if rows else None

    def used_bytes(self) -> int:
        return self._store.used_bytes()

    def limit_pages(self, pages: int) -> None:
        self._store.limit_pages(pages)

    def close(self) -> None:
        self._store.close()

    def _prune_series(self) -> None:
        known = len(self._store.run("list_series"))
        if known > _PRUNE_SERIES_ABOVE and self._store.run("count_waiting")[0][0] == 0:
            self._store.run("clear_series")

    def _add(self, tick: Tick, new: dict[SeriesKey, int]) -> None:
        numbers = array("I", (self._number(key, new) for key in tick.keys))
        body = numbers.tobytes() + tick.values.tobytes()
        self._store.run("add_tick", ts=tick.ts, samples=len(numbers), crc=zlib.crc32(body), body=body)

    def _number(self, key: SeriesKey, new: dict[SeriesKey, int]) -> int:
        number = self._numbers.get(key) or new.get(key)
        if number is None:
            number = self._top + len(new) + 1
            labels = msgspec.json.encode(dict(key[1])).decode()
            self._store.run("add_series", id=number, name=key[0], labels=labels)
            new[key] = number
        return number

    def _read(self, rows: Iterable[tuple[Value, ...]], unwritten: Unwritten) -> Iterator[Tick]:
        for row, ts, _, crc, body in rows:
            if row in unwritten.done_ticks or not isinstance(body, bytes):
                continue
            tick = self._decoded(_integer(row), _integer(ts), _integer(crc), body)
            if tick is not None:
                yield tick
                continue
            unwritten.done_ticks.add(_integer(row))
            count = len(body) // (_ID_BYTES + 8)
            unwritten.aside.append(Aside(_integer(ts), count, "damaged on the disk", body))

    def _decoded(self, row: int, ts: int, crc: int, body: bytes) -> Tick | None:
        count, rest = divmod(len(body), _ID_BYTES + 8)
        if rest or zlib.crc32(body) != crc:
            return None
        numbers, values = array("I", body[: _ID_BYTES * count]), array("d", body[_ID_BYTES * count :])
        if not all(number in self._keys for number in numbers):
            return None
        return Tick(ts, tuple(self._keys[number] for number in numbers), values, row)

    def _put_aside(self, aside: Aside) -> None:
        at = int(time() * 1000)
        self._store.run("add_aside", at=at, ts=aside.ts, samples=aside.samples, reason=aside.reason, body=aside.body)
        self._store.run("trim_aside", keep=KEEP_ASIDE)

    def _write_records(self, unwritten: Unwritten) -> None:
        for row in unwritten.done_records:
            self._store.run("drop_record", id=row)
        for record in unwritten.records:
            self._store.run("add_record", at=record.at, crc=zlib.crc32(record.body), body=record.body)
            self._store.run("set_checked", id=record.check, at=record.at)
        if unwritten.records:
            self._store.run("trim_checked", before=unwritten.records[-1].at - _CHECKED_KEPT_MS)

    def _make_room(self, max_bytes: int, in_flight: int | None) -> tuple[int, int]:
        """How many samples and how many results went."""
        dropped = dropped_records = 0
        while self._store.used_bytes() > max_bytes:
            ticks = self._store.run("oldest_tick", in_flight=_NOTHING if in_flight is None else in_flight)
            records = self._store.run("oldest_record")
            if records and (not ticks or _integer(records[0][1]) <= _integer(ticks[0][3])):
                self._store.run("drop_record", id=records[0][0])
                dropped_records += 1
            elif ticks:
                dropped += self._drop_oldest(ticks[0])
            else:
                break
        return dropped, dropped_records

    def _drop_oldest(self, tick: tuple[Value, ...]) -> int:
        row, batch, samples, _ = tick
        if batch is None:
            self._store.run("drop_tick", id=row)
            return _integer(samples)
        lost = _integer(self._store.run("samples_of_batch", batch=batch)[0][0])
        self._store.run("drop_batch_ticks", batch=batch)
        self._store.run("drop_batch", batch=batch)
        return lost

    def _count(self, name: str, more: int) -> None:
        if more:
            self._store.run("set_meta", key=name, value=self.mark(name) + more)


def _key(name: str, labels: str) -> SeriesKey:
    return name, tuple(sorted(msgspec.json.decode(labels, type=dict[str, str]).items()))


def _integer(value: Value) -> int:
    return value if isinstance(value, int) else 0
