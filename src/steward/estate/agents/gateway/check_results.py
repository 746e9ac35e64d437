# SPDX-License-Identifier: Apache-2.0
"""Results of checks: read and bounded here, kept by the room that assigned them, answered once they are durable."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.results import decode_results

from steward.core.tenancy.public import scoped, system_scope
from steward.estate.agents.assigning import results_taker
from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.connection import Slot
from steward.estate.agents.gateway.identities import Identity
from steward.estate.agents.gateway.meters import Meters

MOST_WAITING = 64
RETRY_AFTER = 10

log = structlog.get_logger("steward.gateway")


@dataclass(slots=True)
class CheckResults:
    """`take` answers in its own time."""

    executor: Executor
    meters: Meters
    _waiting: int = 0

    async def take(self, identity: Identity, body: bytes, slot: Slot) -> None:
        """Keep results, then answer."""
        if self._waiting >= MOST_WAITING:
            self.meters.refuse(Refusal.BUSY)
            slot.answer(answers.refused(Refusal.BUSY, "too many results at once", retry_after=RETRY_AFTER))
            return
        self._waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self.executor, _keep, identity, body)
        except ProtocolError as error:
            self.meters.refuse(Refusal.MALFORMED)
            slot.answer(answers.refused(Refusal.MALFORMED, str(error)))
        except (DatabaseError, InterfaceError) as down:
            log.warning("gateway.results_wait", error=type(down).__name__)
            self.meters.refuse(Refusal.STORE_DOWN)
            slot.answer(answers.refused(Refusal.STORE_DOWN, "the ledger is away", retry_after=RETRY_AFTER))
        else:
            slot.answer(answers.NO_CONTENT)
        finally:
            self._waiting -= 1


def _keep(identity: Identity, body: bytes) -> None:
    results = decode_results(body)
    take = results_taker()
    if take is None:
        return
    close_old_connections()
    with scoped(system_scope("gateway", frozenset({identity.client_id}))), transaction.atomic():
        take(identity.agent_id, results)
