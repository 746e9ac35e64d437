# SPDX-License-Identifier: Apache-2.0
"""Which batches are durable, kept in PostgreSQL: a high-water mark per start of an agent that knows of gaps.

A mark is set after the insert, so a gateway that dies in between leaves a batch unmarked that is stored. It will be stored again,
and is read as one sample per (client, series, time) whoever wrote it: the marks spare work, the way of reading gives exactness.
Hence a mark that can't be read or written for a while delays nothing; it is written later."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from uuid import UUID

from steward.estate.agents.gateway.batches import BatchId, SetAside
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown

MAX_BACKLOG = 100_000


class Marks:
    """Not safe for two flushes at once; there is one."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._backlog: dict[BatchId, SetAside | None] = {}

    async def durable(self, batches: Iterable[BatchId]) -> set[BatchId]:
        """Those of `batches` that need no insert; none while PostgreSQL is away."""
        asked = list(batches)
        found = {each for each in asked if each in self._backlog}
        try:
            async with self._ledger.transaction() as transaction:
                rows = await transaction.rows("marks", _columns(asked))
        except LedgerDown:
            return found
        return found | {BatchId(row["agent"], row["boot"].bytes, row["sequence"]) for row in rows}

    async def put(self, batches: Mapping[BatchId, SetAside | None]) -> None:
        """These are durable, with what was set aside of each; remembered for later while PostgreSQL is away."""
        self._backlog.update(batches)
        if not self._backlog:
            return
        writing = dict(self._backlog)
        try:
            async with self._ledger.transaction() as transaction:
                await transaction.run("mark", _columns(writing))
                aside = _aside_columns(writing)
                if aside["agents"]:
                    await transaction.run("set_aside", aside)
        except LedgerDown:
            while len(self._backlog) > MAX_BACKLOG:
                del self._backlog[next(iter(self._backlog))]
            return
        for each in writing:
            del self._backlog[each]


def _columns(batches: Iterable[BatchId]) -> dict[str, list[object]]:
    asked = list(batches)
    return {
        "agents": [each.agent_id for each in asked],
        "boots": [UUID(bytes=each.boot) for each in asked],
        "sequences": [each.sequence for each in asked],
    }


def _aside_columns(batches: Mapping[BatchId, SetAside | None]) -> dict[str, list[object]]:
    rows = [
        (each.agent_id, reason, count, aside)
        for each, aside in batches.items()
        if aside
        for reason, count in aside.counts.items()
    ]
    return {
        "agents": [row[0] for row in rows],
        "reasons": [row[1] for row in rows],
        "samples": [row[2] for row in rows],
        "firsts": [_moment(row[3].first_ms) for row in rows],
        "lasts": [_moment(row[3].last_ms) for row in rows],
    }


def _moment(unix_ms: int) -> datetime:
    # A hostile clock may say any number; the year 1 and the year 9999 stand for all that lies beyond.
    seconds = min(max(unix_ms / 1000, -62_135_596_800), 253_402_300_799)
    return datetime.fromtimestamp(seconds, UTC)
