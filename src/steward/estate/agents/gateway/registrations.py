# SPDX-License-Identifier: Apache-2.0
"""Requests for series ids, gathered for a moment and answered together: one transaction, one block for the store."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

import structlog
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.series import Series, decode_register

from steward.core.telemetry.public import TelemetryError, TelemetryFull
from steward.estate.agents.gateway import answers, series
from steward.estate.agents.gateway.connection import Slot
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown
from steward.estate.agents.gateway.meters import Meters
from steward.estate.agents.gateway.owners import OwnerTable
from steward.estate.agents.gateway.store import insert_series

GATHER_SECONDS = 0.03
PUBLISH_SECONDS = 5.0
MOST_WAITING = 1_000
MOST_WAITING_BYTES = 64 * 1024 * 1024
MOST_AT_ONCE = 50
RETRY_AFTER = 5
RETRY_AFTER_TOO_MANY = 3600

log = structlog.get_logger("steward.gateway")
Asked = tuple[int, bytes, Slot]


@dataclass(slots=True)
class Registrations:
    """`add` from the loop; `run` and `publish_regularly` for ever."""

    ledger: Ledger
    owners: OwnerTable
    executor: Executor
    meters: Meters
    _waiting: list[Asked] = field(default_factory=list)
    _asked: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, agent_id: int, body: bytes, slot: Slot) -> bool:
        """Take a request in. False when too many wait."""
        held = sum(len(each[1]) for each in self._waiting)
        if len(self._waiting) >= MOST_WAITING or held + len(body) > MOST_WAITING_BYTES:
            return False
        self._waiting.append((agent_id, body, slot))
        self._asked.set()
        return True

    async def run(self) -> None:
        """For ever: answer what has gathered."""
        while True:
            await self._asked.wait()
            await asyncio.sleep(GATHER_SECONDS)
            taken, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not self._waiting:
                self._asked.clear()
            await self._answer(taken)

    async def publish_regularly(self) -> None:
        """For ever: tell the store of series that it missed, or that belong to another asset now."""
        while True:
            try:
                await self.publish()
            except (TelemetryError, *LedgerDown):
                log.info("gateway.publish_waits")
            await asyncio.sleep(PUBLISH_SECONDS)

    async def publish(self) -> None:
        """Tell the store of all series it does not know. Raises TelemetryError or one of LedgerDown."""
        loop = asyncio.get_running_loop()
        while True:
            named, runs = await series.unpublished(self.ledger)
            if not runs:
                return
            await loop.run_in_executor(self.executor, insert_series, named, series.new_token())
            await series.confirm(self.ledger, runs)

    async def _answer(self, taken: list[Asked]) -> None:
        asked = await self._decoded(taken)
        try:
            ids = await series.register(self.ledger, self.owners, asked) if asked else {}
            await self.publish()
        except TelemetryFull as full:
            self._refuse(taken, asked, Refusal.DISK_FULL, "the disk of the telemetry store is nearly full", str(full))
        except (TelemetryError, *LedgerDown) as down:
            self._refuse(taken, asked, Refusal.STORE_DOWN, "series can't be kept now", str(down))
        except Exception:
            log.exception("gateway.register_failed")
            self._refuse(taken, asked, Refusal.STORE_DOWN, "series can't be kept now", "unexpected")
        else:
            self._tell(taken, ids)

    async def _decoded(self, taken: list[Asked]) -> dict[int, list[Series]]:
        loop = asyncio.get_running_loop()
        asked: dict[int, list[Series]] = {}
        for agent_id, body, slot in taken:
            try:
                decoded = await loop.run_in_executor(self.executor, decode_register, body)
            except ProtocolError as error:
                self.meters.refuse(Refusal.MALFORMED)
                slot.answer(answers.refused(Refusal.MALFORMED, str(error)))
                continue
            if agent_id in asked:
                # Two at once of one agent: whoever comes second asks again.
                slot.answer(
                    answers.refused(Refusal.BUSY, "another registration of this agent is being answered", retry_after=1)
                )
                continue
            asked[agent_id] = decoded
        return asked

    def _tell(self, taken: list[Asked], ids: Mapping[int, bytes | None]) -> None:
        for agent_id, _, slot in taken:
            if slot.content is not None:
                continue
            given = ids[agent_id]
            if given is not None:
                slot.answer(answers.ids_answer(given))
                continue
            self.meters.refuse(Refusal.BUSY)
            message = f"an agent has at most {series.MAX_PER_AGENT} series"
            slot.answer(answers.refused(Refusal.BUSY, message, retry_after=RETRY_AFTER_TOO_MANY))

    def _refuse(self, taken: list[Asked], asked: Mapping[int, object], code: Refusal, message: str, why: str) -> None:
        log.warning("gateway.refused_registrations", code=code.value, why=why, agents=len(asked))
        self.meters.refuse(code, len(asked))
        for _, _, slot in taken:
            if slot.content is None:
                slot.answer(answers.refused(code, message, retry_after=RETRY_AFTER))
