# SPDX-License-Identifier: Apache-2.0
"""The gateway itself: what each request becomes, and the process's life."""

import asyncio
import gc
import hmac
import ssl
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import structlog
from steward_agent.protocol.enrolment import AgentState
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.policy import Policy, encode_policy
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.samples import MAX_SEQUENCE, Header, read_header
from steward_agent.protocol.sessions import SESSION_PATH, encode_answer
from steward_agent.protocol.signing import NonceMemory, Signature, read_signature, verify, verify_in_session

from steward.core.telemetry.public import ping
from steward.estate.agents.gateway import answers
from steward.estate.agents.gateway.batches import Batch, BatchId
from steward.estate.agents.gateway.connection import Connection, Door, Slot
from steward.estate.agents.gateway.documents import DocumentIntake, keep_inventory, keep_results
from steward.estate.agents.gateway.flush import Flusher
from steward.estate.agents.gateway.heartbeat import Heartbeat
from steward.estate.agents.gateway.http import Request
from steward.estate.agents.gateway.identities import Identities, Identity
from steward.estate.agents.gateway.ledger import Ledger, LedgerDown
from steward.estate.agents.gateway.limits import Shares, Strangers
from steward.estate.agents.gateway.meters import Meters
from steward.estate.agents.gateway.options import Options
from steward.estate.agents.gateway.owners import OwnerTable
from steward.estate.agents.gateway.registrations import Registrations
from steward.estate.agents.gateway.sessions import Tickets
from steward.settings.secrets import secret

REGISTER, SAMPLES, INVENTORY, POLICY = "/v1/register", "/v1/samples", "/v1/inventory", "/v1/policy"
RESULTS = "/v1/results"
ROUTES = {REGISTER: "POST", SAMPLES: "POST", INVENTORY: "POST", RESULTS: "POST", SESSION_PATH: "POST", POLICY: "GET"}
SWEEP_SECONDS = 1.0
BUSY_SECONDS = 2
INVENTORIES_WAITING, RESULTS_WAITING = 32, 64  # so many bodies are held in memory at once

log = structlog.get_logger("steward.gateway")


class Gateway:
    """One gateway on one event loop. `await start(...)`, then `await stop()`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.ledger = Ledger()
        self.meters = Meters()
        self.identities = Identities(self.ledger)
        self.owners = OwnerTable()
        self.heartbeat = Heartbeat(options, self.ledger, self.identities)
        self._flush_thread = ThreadPoolExecutor(1, "flush")
        self._side_threads = ThreadPoolExecutor(2, "side")
        self.flusher = Flusher(
            options, self.ledger, self.owners, self._flush_thread, self.meters, self.heartbeat.stored
        )
        self.registrations = Registrations(self.ledger, self.owners, self._side_threads, self.meters)
        self.inventories = DocumentIntake(
            self._side_threads, self.meters, keep_inventory, "inventories", INVENTORIES_WAITING
        )
        self.check_results = DocumentIntake(self._side_threads, self.meters, keep_results, "results", RESULTS_WAITING)
        self._samples = Shares(options.samples_per_second, options.burst_seconds)
        self._requests = Shares(options.requests_per_second, options.burst_seconds)
        self._nonces = NonceMemory()
        self._tickets = Tickets(secret("gateway-sessions"))
        self._strangers = Strangers()
        self._door = Door(self.handle, options.max_connections, time.monotonic, answers.Dates(options.wall_clock))
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stack = AsyncExitStack()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> int:
        """Listen, once everything known is in memory. Returns the port, which matters when 0 was asked for."""
        await self._stack.enter_async_context(self.ledger)
        await self._load()
        for work in (
            self.identities.listen(),
            self.identities.look_regularly(),
            self.flusher.run(),
            self.registrations.run(),
            self.registrations.publish_regularly(),
            self.heartbeat.run(),
            self._sweep(),
        ):
            self._begin(work)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: Connection(self._door), host, port, backlog=1024, ssl=tls)
        # What is there now stays: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        taken: int = self._server.sockets[0].getsockname()[1]
        return taken

    async def stop(self) -> None:
        """Answer what has gathered, then end."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.flusher.flush()
        await self.heartbeat.write()
        for connection in list(self._door.open):
            connection.drop()
        self._flush_thread.shutdown()
        self._side_threads.shutdown()
        await self._stack.aclose()

    async def _load(self) -> None:
        while True:
            try:
                await self.identities.load()
                await self.owners.load(self.ledger)
            except LedgerDown:
                log.warning("gateway.waits_for_ledger")
                await asyncio.sleep(0.5)
            else:
                return

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("gateway.task_failed", exc_info=task.exception())

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            now = self._door.clock()
            for connection in [each for each in self._door.open if each.expired(now)]:
                connection.drop()

    # ── one request ──

    def handle(self, request: Request, slot: Slot) -> None:
        """Answer a request, now or later. Never blocks, never raises."""
        path = request.head.path
        wanted = ROUTES.get(path)
        if wanted is None:
            self._open(request, slot)
            return
        if wanted != request.head.method:
            slot.answer(answers.broken(405, f"{path} takes {wanted}"))
            return
        identity = self._identified(request)
        if identity is None:
            self._begin(self._look_up(request, slot))
            return
        if isinstance(identity, bytes):
            slot.answer(identity)
            return
        self.heartbeat.heard(identity.agent_id)
        wait = self._requests.take(identity.client_id, 1, asyncio.get_running_loop().time())
        if wait:
            self._refuse(slot, Refusal.BUSY, "this client's agents ask too often", wait)
            return
        self._signed(path, identity, request.body, slot)

    def _signed(self, path: str, identity: Identity, body: bytes, slot: Slot) -> None:
        if path == SAMPLES:
            self._take_samples(identity, body, slot)
        elif path == REGISTER:
            if not self.registrations.add(identity.agent_id, body, slot):
                self._refuse(slot, Refusal.BUSY, "too many registrations at once", BUSY_SECONDS)
        elif path == INVENTORY:
            self._begin(self.inventories.take(identity, body, slot))
        elif path == RESULTS:
            self._begin(self.check_results.take(identity, body, slot))
        elif path == SESSION_PATH:
            self._give_session(identity, body, slot)
        else:
            policy = Policy(interval=identity.interval_s, checks=identity.checks)
            slot.answer(answers.msgpack_answer(encode_policy(policy)))

    def _identified(self, request: Request) -> Identity | bytes | None:
        """Who signed; else the refusal; None for an agent that may be new, and is to be looked up."""
        now_ms = int(self.options.wall_clock() * 1000)
        try:
            signature = read_signature(request.head.headers)
        except ProtocolError as error:
            return self._no(Refusal.SIGNATURE, str(error))
        identity = self.identities.get(signature.agent_id)
        if identity is None:
            if self._strangers.may_ask(signature.agent_id, time.monotonic()):
                return None
            return self._no(Refusal.UNKNOWN_AGENT, "no such agent; enrol this machine")
        code = self._verified(signature, identity, request, now_ms)
        if code is Refusal.CLOCK:
            self.meters.refuse(code)
            return answers.refused(code, _WHY[code], server_time_ms=now_ms)
        code = code or _STATES.get(identity.state)
        return identity if code is None else self._no(code, _WHY[code])

    def _verified(self, signature: Signature, identity: Identity, request: Request, now_ms: int) -> Refusal | None:
        asked = (request.head.method, request.head.path, request.body)
        if not signature.ticket:
            return verify(signature, identity.key, *asked, now_ms=now_ms, nonces=self._nonces)
        # A session begins with the machine's own key, never with another session: else one would last for ever.
        key = self._tickets.key_of(signature.ticket, identity, now_ms // 1000) if asked[1] != SESSION_PATH else None
        if key is None:
            return Refusal.SESSION
        return verify_in_session(signature, key, *asked, now_ms=now_ms, nonces=self._nonces)

    def _give_session(self, identity: Identity, body: bytes, slot: Slot) -> None:
        try:
            given = self._tickets.give(identity, body, int(self.options.wall_clock()))
        except ProtocolError as error:
            self.meters.refuse(Refusal.MALFORMED)
            slot.answer(answers.refused(Refusal.MALFORMED, str(error)))
            return
        slot.answer(answers.msgpack_answer(encode_answer(given)))

    async def _look_up(self, request: Request, slot: Slot) -> None:
        agent_id = read_signature(request.head.headers).agent_id
        with suppress(*LedgerDown):
            await self.identities.load_these([agent_id])
        self.handle(request, slot)

    def _take_samples(self, identity: Identity, body: bytes, slot: Slot) -> None:
        try:
            header = _checked(read_header(body))
        except ProtocolError as error:
            self.meters.refuse(Refusal.MALFORMED)
            slot.answer(answers.refused(Refusal.MALFORMED, str(error)))
            return
        wait = self._samples.take(identity.client_id, header.count, asyncio.get_running_loop().time())
        if wait:
            self._refuse(slot, Refusal.BUSY, "this client's agents send more samples than its share", wait)
            return
        batch = Batch(BatchId(identity.agent_id, header.boot_id, header.sequence), header, body)
        if not self.flusher.add(batch, slot):
            self._refuse(slot, Refusal.BUSY, "too much waits to be stored", BUSY_SECONDS)

    def _refuse(self, slot: Slot, code: Refusal, message: str, retry_after: int) -> None:
        self.meters.refuse(code)
        slot.answer(answers.refused(code, message, retry_after=retry_after))

    def _no(self, code: Refusal, message: str) -> bytes:
        self.meters.refuse(code)
        return answers.refused(code, message)

    # ── without a signature ──

    def _open(self, request: Request, slot: Slot) -> None:
        path = request.head.path
        if request.head.method != "GET":
            slot.answer(answers.broken(404, "no such address"))
        elif path == "/healthz":
            slot.answer(answers.text_answer(200, "ok\n"))
        elif path == "/readyz":
            self._begin(self._ready(slot))
        elif path == "/metrics":
            slot.answer(self._metrics(request.head.headers.get("authorization", "")))
        else:
            slot.answer(answers.broken(404, "no such address"))

    async def _ready(self, slot: Slot) -> None:
        """Whether samples would be taken now."""
        try:
            async with self.ledger.transaction():
                pass
            await asyncio.get_running_loop().run_in_executor(self._side_threads, ping)
        except LedgerDown:
            slot.answer(answers.text_answer(503, "the ledger is away\n"))
        except Exception:
            slot.answer(answers.text_answer(503, "the telemetry store is away\n"))
        else:
            slot.answer(answers.text_answer(200, "ready\n"))

    def _metrics(self, authorization: str) -> bytes:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {secret('metrics')}".encode()):
            return answers.broken(401, "the token for metrics is missing or wrong")
        text = self.meters.text(
            now_ms=int(self.options.wall_clock() * 1000),
            connections=len(self._door.open),
            waiting_bytes=self.flusher.waiting_bytes,
            agents=len(self.identities),
        )
        return answers.text_answer(200, text)


_STATES = {AgentState.PENDING: Refusal.PENDING, AgentState.REVOKED: Refusal.REVOKED}
_WHY = {
    Refusal.CLOCK: "this machine's clock differs from the server's by more than the window",
    Refusal.SIGNATURE: "the signature does not hold",
    Refusal.SESSION: "this session is over, or none of this agent's; sign with the machine's key",
    Refusal.REPLAY: "this request was seen before; sign it anew",
    Refusal.BUSY: "this agent asks too often",
    Refusal.PENDING: "this agent waits for approval",
    Refusal.REVOKED: "this agent was revoked",
}


def _checked(header: Header) -> Header:
    if header.sequence == MAX_SEQUENCE:
        # The mark's ranges end one after the sequence, which must be a number too.
        raise ProtocolError("sequence", "is the last there is")
    return header


def tls_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """For listening beyond loopback."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
