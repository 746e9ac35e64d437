# SPDX-License-Identifier: Apache-2.0
"""Every agent's key, client and state, in memory, so that a request is judged without asking anybody.

PostgreSQL says at once when an agent changed; a look every two seconds at what changed lately catches a word that was lost, so
a revocation holds within five seconds. While PostgreSQL is away nobody can be revoked either, and what is known still holds."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from psycopg.rows import DictRow
from steward_agent.protocol.enrolment import AgentState
from steward_agent.protocol.policy import AssignedCheck
from steward_agent.protocol.signing import read_public_key

from steward.estate.agents.assigning import decode_assigned
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown

LOOK_SECONDS = 2.0
# A transaction shows its changes when it ends, under the time at which it made them.
OVERLAP = timedelta(seconds=60)
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger("steward.gateway")


@dataclass(frozen=True, slots=True)
class Identity:
    """An agent as far as a request needs it. `topic` is what open pages about its asset listen to; empty without an asset.
    `checks` are what it is to run; none for one that announced that it can run none."""

    agent_id: int
    client_id: int
    state: AgentState
    key: Ed25519PublicKey
    interval_s: int
    topic: str
    checks: list[AssignedCheck]


class Identities:
    """The table of agents; `get` never waits."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known: dict[int, Identity] = {}
        self._since = BEGINNING

    def get(self, agent_id: int) -> Identity | None:
        """Who signs with this id; None for nobody known."""
        return self._known.get(agent_id)

    def __len__(self) -> int:
        return len(self._known)

    async def load(self) -> None:
        """Read what changed since the last look. Raises LedgerDown."""
        async with self._ledger.transaction() as transaction:
            rows = await transaction.rows("identities", {"since": self._since})
        self._take(rows)
        if rows:
            self._since = max(row["at"] for row in rows) - OVERLAP

    async def load_these(self, agent_ids: Iterable[int]) -> None:
        """Read these agents. Raises LedgerDown."""
        async with self._ledger.transaction() as transaction:
            self._take(await transaction.rows("identities_of", {"ids": list(agent_ids)}))

    async def look_regularly(self) -> None:
        """For ever: read what changed lately."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(*LedgerDown):
                await self.load()

    async def listen(self) -> None:
        """For ever: read an agent when PostgreSQL says that it changed."""
        while True:
            try:
                connection = await self._ledger.listener()
                async with connection:
                    await self.load()
                    async for notice in connection.notifies():
                        if notice.payload.isdigit():
                            await self.load_these([int(notice.payload)])
            except LedgerDown as error:
                log.warning("gateway.listen_failed", error=type(error).__name__)
            await asyncio.sleep(1)

    def _take(self, rows: Iterable[DictRow]) -> None:
        for row in rows:
            self._known[row["id"]] = _identity(row)


def _identity(row: DictRow) -> Identity:
    state = AgentState.REVOKED if row["state"] == "refused" else AgentState(row["state"])
    key = read_public_key(bytes(row["public_key"]))
    return Identity(row["id"], row["client_id"], state, key, row["interval_seconds"], row["topic"] or "", _checks(row))


def _checks(row: DictRow) -> list[AssignedCheck]:
    try:
        return decode_assigned(bytes(row["assigned"]))
    except msgspec.MsgspecError:
        # One row that can't be read must not keep all other agents out.
        log.error("gateway.assigned_unreadable", agent=row["id"])
        return []
