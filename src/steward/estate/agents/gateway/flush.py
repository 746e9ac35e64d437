# SPDX-License-Identifier: Apache-2.0
"""The one way from memory into the store: batches gather for a moment, go in as one block, and only then are acknowledged.

Order of a flush: leave out what the marks say is durable, judge the rest, insert one block, mark it, answer. Whoever dies at
any point has acknowledged nothing that is not stored. What was stored and not marked is stored again when the agent asks
again, and is read as one sample per (client, series, time)."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog
from steward_agent.protocol.refusals import Refusal

from steward.core.telemetry.public import TelemetryError, TelemetryFull, TelemetryUnavailable
from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.batches import Batch, BatchId, Block, Judged, judge
from steward.estate.agents.gateway.connection import Slot
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown
from steward.estate.agents.gateway.marks import Marks
from steward.estate.agents.gateway.meters import Meters
from steward.estate.agents.gateway.options import Options
from steward.estate.agents.gateway.owners import OwnerTable
from steward.estate.agents.gateway.store import insert_samples

TRIES = 3
SECONDS_BETWEEN_TRIES = 0.5
RETRY_AFTER = 5

log = structlog.get_logger("steward.gateway")


@dataclass(slots=True)
class Waiting:
    """A batch and those who wait for its answer: a batch that comes twice at once is stored once and answered twice."""

    batch: Batch
    slots: list[Slot]


@dataclass(slots=True)
class Flusher:
    """`add` from the loop; `run` for ever. `stored` is told of the batches of each flush that are durable."""

    options: Options
    ledger: Ledger
    owners: OwnerTable
    executor: Executor
    meters: Meters
    stored: Callable[[Sequence[Batch]], None]
    _waiting: dict[BatchId, Waiting] = field(default_factory=dict)
    _in_flight: dict[BatchId, Waiting] = field(default_factory=dict)
    _bytes: int = 0
    _samples: int = 0
    _full: asyncio.Event = field(default_factory=asyncio.Event)
    _marks: Marks = field(init=False)

    def __post_init__(self) -> None:
        self._marks = Marks(self.ledger)

    @property
    def waiting_bytes(self) -> int:
        """How much is held in memory for requests that are not answered yet."""
        return self._bytes

    def add(self, batch: Batch, slot: Slot) -> bool:
        """Take a batch in. False when memory's bound is reached."""
        known = self._waiting.get(batch.id) or self._in_flight.get(batch.id)
        if known is not None:
            known.slots.append(slot)
            return True
        if self._bytes + len(batch.body) > self.options.waiting_bytes:
            return False
        self._waiting[batch.id] = Waiting(batch, [slot])
        self._bytes += len(batch.body)
        self._samples += batch.header.count
        if self._samples >= self.options.flush_samples:
            self._full.set()
        return True

    async def run(self) -> None:
        """For ever: flush what has gathered."""
        while True:
            try:
                async with asyncio.timeout(self.options.flush_seconds):
                    await self._full.wait()
            except TimeoutError:
                pass
            await self.flush()

    async def flush(self) -> None:
        """Store what has gathered, and answer."""
        if not self._waiting:
            return
        self._in_flight, self._waiting = self._waiting, {}
        self._samples = 0
        self._full.clear()
        try:
            await self._store(list(self._in_flight.values()))
        except TelemetryFull as full:
            self._refuse(
                Refusal.DISK_FULL, "the disk of the telemetry store is nearly full; nothing was taken", str(full)
            )
        except (TelemetryError, *LedgerDown) as down:
            self._refuse(Refusal.STORE_DOWN, "the samples can't be stored now; nothing was taken", str(down))
        except Exception:
            # Whatever it was, these requests must get an answer and the next flush its chance.
            log.exception("gateway.flush_failed", batches=len(self._in_flight))
            self._refuse(Refusal.STORE_DOWN, "the batch could not be stored; nothing was taken", "unexpected")
        finally:
            self._bytes -= sum(len(each.batch.body) for each in self._in_flight.values())
            self._in_flight = {}

    async def _store(self, flight: list[Waiting]) -> None:
        durable = await self._marks.durable(each.batch.id for each in flight)
        self.meters.repeated += len(durable)
        batches = [each.batch for each in flight if each.batch.id not in durable]
        judged = await self._judge(batches)
        if judged.unknown and await self._reloaded(judged):
            judged = await self._judge(batches)
        if judged.block is not None:
            await self._insert(judged.block)
        safe = [each for each in batches if each.id not in judged.unknown and each.id not in judged.malformed]
        await self._marks.put({each.id: judged.set_aside.get(each.id) for each in safe})
        self.meters.stored(judged)
        self.stored(safe)
        for each in flight:
            content = _answer(each.batch.id, judged)
            for slot in each.slots:
                slot.answer(content)

    async def _judge(self, batches: Sequence[Batch]) -> Judged:
        now_ms = int(self.options.wall_clock() * 1000)
        return await asyncio.get_running_loop().run_in_executor(
            self.executor, judge, batches, self.owners.view(), now_ms
        )

    async def _reloaded(self, judged: Judged) -> bool:
        """Ask the ledger about series unknown here: another gateway may have given the ids."""
        now = asyncio.get_running_loop().time()
        return await self.owners.load_agents(self.ledger, (each.agent_id for each in judged.unknown), now)

    async def _insert(self, block: Block) -> None:
        # The same block has the same token: a try whose answer was lost can't store it twice.
        for left in reversed(range(TRIES)):
            try:
                await asyncio.get_running_loop().run_in_executor(self.executor, insert_samples, block)
            except TelemetryFull:
                raise
            except TelemetryUnavailable:
                if not left:
                    raise
                await asyncio.sleep(SECONDS_BETWEEN_TRIES)
            else:
                return

    def _refuse(self, code: Refusal, message: str, why: str) -> None:
        log.warning("gateway.refused_flush", code=code.value, why=why, batches=len(self._in_flight))
        self.meters.refuse(code, len(self._in_flight))
        content = answers.refused(code, message, retry_after=RETRY_AFTER)
        for each in self._in_flight.values():
            for slot in each.slots:
                slot.answer(content)


def _answer(batch: BatchId, judged: Judged) -> bytes:
    if batch in judged.malformed:
        return answers.refused(Refusal.MALFORMED, judged.malformed[batch])
    if batch in judged.unknown:
        return answers.refused(
            Refusal.UNKNOWN_SERIES, "a series is not registered by this agent; register and send again"
        )
    aside = judged.set_aside.get(batch)
    return answers.stored(aside.counts if aside else {})
