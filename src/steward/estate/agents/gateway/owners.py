# SPDX-License-Identifier: Apache-2.0
"""Whose every series id is, as arrays: one look-up for all samples of a flush."""

from collections.abc import Iterable

import numpy as np
from psycopg.rows import DictRow

from steward.estate.agents.gateway.batches import U32, Owners
from steward.estate.agents.gateway.ledger import Ledger

RELOAD_SECONDS = 5.0
FIRST_ROOM = 1 << 12


class OwnerTable:
    """Grows with the highest id."""

    def __init__(self) -> None:
        self._agent = np.zeros(FIRST_ROOM, np.uint32)
        self._client = np.zeros(FIRST_ROOM, np.uint32)
        self._above = 0
        self._reloaded: dict[int, float] = {}

    def view(self) -> Owners:
        """The arrays as they are now."""
        return Owners(self._agent, self._client)

    def put(self, first: int, count: int, agent_id: int, client_id: int) -> None:
        """From now on `count` ids from `first` on belong to this agent."""
        end = first + count
        if end > len(self._agent):
            size = max(end, 2 * len(self._agent))
            # New arrays, never resized in place: a flush may be looking at the old ones in its thread.
            self._agent, self._client = _grown(self._agent, size), _grown(self._client, size)
        self._agent[first:end] = agent_id
        self._client[first:end] = client_id
        self._above = max(self._above, first)

    async def load(self, ledger: Ledger) -> None:
        """Read every run there is from the last one known on. Raises LedgerDown."""
        async with ledger.transaction() as transaction:
            self._put_rows(await transaction.rows("owners", {"above": self._above}))

    async def load_agents(self, ledger: Ledger, agent_ids: Iterable[int], now: float) -> bool:
        """Read what another gateway may have given these agents; at most once in five seconds each. Whether it was read."""
        wanted = [each for each in set(agent_ids) if now - self._reloaded.get(each, -RELOAD_SECONDS) >= RELOAD_SECONDS]
        if not wanted:
            return False
        async with ledger.transaction() as transaction:
            self._put_rows(await transaction.rows("owners_of", {"agents": wanted}))
        self._reloaded = {each: at for each, at in self._reloaded.items() if now - at < RELOAD_SECONDS}
        self._reloaded.update(dict.fromkeys(wanted, now))
        return True

    def _put_rows(self, rows: Iterable[DictRow]) -> None:
        for row in rows:
            self.put(row["first"], row["count"], row["agent_id"], row["client_id"])


def _grown(column: U32, size: int) -> U32:
    grown = np.zeros(size, np.uint32)
    grown[: len(column)] = column
    return grown
