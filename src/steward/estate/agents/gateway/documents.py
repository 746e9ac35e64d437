# SPDX-License-Identifier: Apache-2.0
"""Documents of agents (inventories, results of checks): bounded here, kept by a thread of the ORM, answered once they are durable."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, InterfaceError, close_old_connections, transaction
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.inventory import decode_inventory
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.results import decode_results

from steward.core.jobs.public import defer
from steward.core.tenancy.public import scoped, system_scope
from steward.estate.agents.actions import inventory_keep
from steward.estate.agents.assigning import results_taker
from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.connection import Slot
from steward.estate.agents.gateway.identities import Identity
from steward.estate.agents.gateway.meters import Meters
from steward.estate.agents.tasks import inventory

RETRY_AFTER = 10  # seconds

log = structlog.get_logger("steward.gateway")


class NobodyTakes(Exception):
    """No room takes this kind of document now; the agent keeps it."""


@dataclass(slots=True)
class DocumentIntake:
    """`take` answers in its own time. These are rare and large beside samples, so they go through a thread of the ORM.

    `keep` makes a document durable before it returns. It raises ProtocolError for one that is none, NobodyTakes, and what the
    ledger raises when it is away. `what` names such documents in refusals and in the log.
    """

    executor: Executor
    meters: Meters
    keep: Callable[[Identity, bytes], None]
    what: str
    most_waiting: int
    _waiting: int = 0

    async def take(self, identity: Identity, body: bytes, slot: Slot) -> None:
        """Keep a document, then answer."""
        if self._waiting >= self.most_waiting:
            self._refuse(slot, Refusal.BUSY, f"too many {self.what} at once", RETRY_AFTER)
            return
        self._waiting += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self.executor, self.keep, identity, body)
        except ProtocolError as error:
            self._refuse(slot, Refusal.MALFORMED, str(error))
        except NobodyTakes:
            log.warning("gateway.nobody_takes", what=self.what)
            self._refuse(slot, Refusal.STORE_DOWN, f"nobody takes {self.what} now", RETRY_AFTER)
        except (DatabaseError, InterfaceError) as down:
            log.warning("gateway.document_waits", what=self.what, error=type(down).__name__)
            self._refuse(slot, Refusal.STORE_DOWN, "the ledger is away", RETRY_AFTER)
        else:
            slot.answer(answers.NO_CONTENT)
        finally:
            self._waiting -= 1

    def _refuse(self, slot: Slot, code: Refusal, message: str, retry_after: int | None = None) -> None:
        self.meters.refuse(code)
        slot.answer(answers.refused(code, message, retry_after=retry_after))


def keep_inventory(identity: Identity, body: bytes) -> None:
    """Keep an inventory as it came; a job compares it."""
    decode_inventory(body)
    close_old_connections()
    scope = system_scope("gateway", frozenset({identity.client_id}))
    with scoped(scope), transaction.atomic():
        intake = inventory_keep(identity.agent_id, actor=scope.actor, document=body)
        # One after the other for each machine, in the order they came.
        defer(inventory.later(lock=f"agents.inventory:{identity.agent_id}"), intake_id=intake.pk)


def keep_results(identity: Identity, body: bytes) -> None:
    """Hand results of checks to the room that assigned them."""
    results = decode_results(body)
    take = results_taker()
    if take is None:
        raise NobodyTakes
    close_old_connections()
    with scoped(system_scope("gateway", frozenset({identity.client_id}))), transaction.atomic():
        take(identity.agent_id, results)
