# SPDX-License-Identifier: Apache-2.0
"""When agents were last heard, written together every few seconds; and word to open pages that there is something new."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from steward.estate.agents.gateway.batches import Batch
from steward.estate.agents.gateway.identities import Identities
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown
from steward.estate.agents.gateway.options import Options


@dataclass(slots=True)
class Heartbeat:
    """`heard` and `stored` from the loop; `run` for ever."""

    options: Options
    ledger: Ledger
    identities: Identities
    _heard: dict[int, float] = field(default_factory=dict)
    _fresh: set[str] = field(default_factory=set)

    def heard(self, agent_id: int) -> None:
        """An agent's signed request came."""
        self._heard[agent_id] = self.options.wall_clock()

    def stored(self, batches: Sequence[Batch]) -> None:
        """Samples of these batches are in the store."""
        for batch in batches:
            identity = self.identities.get(batch.id.agent_id)
            if identity is not None and identity.topic:
                self._fresh.add(identity.topic)

    async def run(self) -> None:
        """For ever: write it down."""
        while True:
            await asyncio.sleep(self.options.heartbeat_seconds)
            await self.write()

    async def write(self) -> None:
        """Write what was heard since; kept for the next time while PostgreSQL is away."""
        heard, self._heard = self._heard, {}
        fresh, self._fresh = self._fresh, set()
        # In the order of ids, so that two gateways never wait for each other's rows.
        agents = sorted(heard)
        try:
            async with self.ledger.transaction() as transaction:
                await transaction.run("pulse", {})
                times = [datetime.fromtimestamp(heard[each], UTC) for each in agents]
                await transaction.run("seen", {"agents": agents, "times": times})
                await transaction.run("tell_pages", {"topics": sorted(fresh)})
        except LedgerDown:
            self._heard = heard | self._heard
