# SPDX-License-Identifier: Apache-2.0
"""Inventories on their way to the worker: read and bounded here, kept as they came, compared by a job."""

import asyncio
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.inventory import decode_inventory
from steward_agent.protocol.refusals import Refusal

from steward.core.jobs.public import defer
from steward.core.tenancy.public import scoped, system_scope
from steward.estate.agents.actions import inventory_keep
from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.connection import Slot
from steward.estate.agents.gateway.identities import Identity
from steward.estate.agents.gateway.meters import Meters
from steward.estate.agents.tasks import inventory

MOST_WAITING = 32
RETRY_AFTER = 10

log = structlog.get_logger("steward.gateway")


@dataclass(slots=True)
class Inventories:
    """`take` answers in its own time; inventories are rare and large, so they go through a thread of the ORM."""

    executor: Executor
    meters: Meters
    _waiting: int = 0

    async def take(self, identity: Identity, body: bytes, slot: Slot) -> None:
        """Keep an inventory for the worker, then answer."""
        if self._waiting >= MOST_WAITING:
            self.meters.refuse(Refusal.BUSY)
            slot.answer(answers.refused(Refusal.BUSY, "too many inventories at once", retry_after=RETRY_AFTER))
            return
        self._waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self.executor, _keep, identity, body)
        except ProtocolError as error:
            self.meters.refuse(Refusal.MALFORMED)
            slot.answer(answers.refused(Refusal.MALFORMED, str(error)))
        except (DatabaseError, InterfaceError) as down:
            log.warning("gateway.inventory_waits", error=type(down).__name__)
            self.meters.refuse(Refusal.STORE_DOWN)
            slot.answer(answers.refused(Refusal.STORE_DOWN, "the ledger is away", retry_after=RETRY_AFTER))
        else:
            slot.answer(answers.NO_CONTENT)
        finally:
            self._waiting -= 1


def _keep(identity: Identity, body: bytes) -> None:
    decode_inventory(body)
    close_old_connections()
    scope = system_scope("gateway", frozenset({identity.client_id}))
    with scoped(scope), transaction.atomic():
        intake = inventory_keep(identity.agent_id, actor=scope.actor, document=body)
        # One after the other for each machine, in the order they came.
        defer(inventory.later(lock=f"agents.inventory:{identity.agent_id}"), intake_id=intake.pk)
