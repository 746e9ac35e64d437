# SPDX-License-Identifier: Apache-2.0
"""A small real HTTP server that speaks the protocol and keeps everything in memory, with troubles to order."""

import secrets
import socket
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from steward_agent.protocol.enrolment import (
    ENROL_PATH,
    STATUS_PATH,
    AgentState,
    EnrolResponse,
    StatusResponse,
    decode_enrol_request,
    encode_json,
)
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.inventory import Inventory, decode_inventory
from steward_agent.protocol.policy import Policy, encode_policy
from steward_agent.protocol.refusals import STATUS, Refusal, refusal_body
from steward_agent.protocol.results import CheckResult, decode_results
from steward_agent.protocol.samples import decode_samples
from steward_agent.protocol.series import Series, decode_register, encode_ids
from steward_agent.protocol.sessions import SESSION_PATH, SessionAnswer, encode_answer, half_of, shared_key
from steward_agent.protocol.signing import (
    NO_AGENT,
    NonceMemory,
    Signature,
    read_public_key,
    read_signature,
    verify,
    verify_in_session,
)

TOKEN = "canary-enrolment-token-0001"
SeriesKey = tuple[str, tuple[tuple[str, str], ...]]


@dataclass
class Trouble:
    """What happens to the next request of `path`: an answer of `status`, or after the work is done the line is cut."""

    path: str
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    cut_after_work: bool = False


@dataclass(frozen=True)
class Batch:
    """A batch of samples as it came in."""

    agent_id: int
    boot_id: bytes
    sequence: int
    samples: tuple[tuple[SeriesKey, int, float], ...]
    body: bytes


class MemoryGateway:
    """Web and gateway in one; `batches` is every batch that was accepted, repeats included."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.keys: dict[int, Ed25519PublicKey] = {}
        self.states: dict[int, AgentState] = {}
        self.first_state = AgentState.APPROVED
        self.policy = Policy()
        self.batches: list[Batch] = []
        self.stored: dict[tuple[int, SeriesKey, int], float] = {}
        self.marks: dict[tuple[int, bytes], int] = {}
        self.repeats = 0
        self.inventories: list[Inventory] = []
        self.results: dict[tuple[int, str, int], CheckResult] = {}
        self.repeated_results = 0
        self.takes_results = True
        self.gives_sessions = True
        self.sessions: dict[str, tuple[int, bytes]] = {}
        self.within_sessions = 0
        self.refuse_result_at: tuple[int, Refusal] | None = None
        self.announced: dict[int, dict[str, int]] = {}
        self.registered: list[Series] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.troubles: deque[Trouble] = deque()
        self.clock_shift_s = 0.0
        self.nonces = NonceMemory()
        self._ids: dict[tuple[int, SeriesKey], int] = {}
        self._series: dict[int, tuple[int, SeriesKey]] = {}
        self._next_id = 1000
        self.server: ThreadingHTTPServer | None = None
        self.port = 0
        self.connections: set[socket.socket] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """On the same port as before, if there was one."""
        gateway = self

        class Handler(_Handler):
            owner = gateway

        ThreadingHTTPServer.allow_reuse_address = True
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_port
        Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """As a process that is killed: open connections are cut."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def forget_series(self) -> None:
        """As after a restore: other ids for the same series."""
        with self.lock:
            self._ids.clear()
            self._series.clear()
            self._next_id += 5000

    def refuse_next(self, path: str, code: Refusal, **headers: str) -> None:
        names = {name.replace("_", "-"): text for name, text in headers.items()}
        self.troubles.append(Trouble(path, STATUS[code], refusal_body(code, f"because of {code.value}"), names))

    def paths(self) -> list[str]:
        return [path for path, _ in self.requests]

    def values(self, name: str) -> dict[int, float]:
        """Stored values of the metric `name` (any labels) by time in ms."""
        return {ts: value for (_, key, ts), value in self.stored.items() if key[0] == name}

    def now_ms(self) -> int:
        return int((time.time() + self.clock_shift_s) * 1000)

    # ── the work, under the lock ──

    def handle(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        try:
            signature = read_signature(headers)
            if path == ENROL_PATH:
                return self._enrol(signature, method, path, body)
            key = self.keys.get(signature.agent_id)
            if key is None:
                return _refused(Refusal.UNKNOWN_AGENT)
            refusal = self._verified(signature, key, method, path, body)
            if refusal is not None:
                return _refused(refusal)
            return self._known(signature.agent_id, path, body)
        except ProtocolError as error:
            return STATUS[Refusal.MALFORMED], refusal_body(Refusal.MALFORMED, str(error))

    def _verified(
        self, signature: Signature, key: Ed25519PublicKey, method: str, path: str, body: bytes
    ) -> Refusal | None:
        asked: Any = {"now_ms": self.now_ms(), "nonces": self.nonces}
        if not signature.ticket:
            return verify(signature, key, method, path, body, **asked)
        agent_id, shared = self.sessions.get(signature.ticket, (0, b""))
        if agent_id != signature.agent_id:
            return Refusal.SESSION
        self.within_sessions += 1
        return verify_in_session(signature, shared, method, path, body, **asked)

    def _session(self, agent_id: int, half: bytes) -> bytes:
        own, ticket = X25519PrivateKey.generate(), secrets.token_urlsafe(32)
        shared = shared_key(own, half, agent_id, agent_half=half, gateway_half=half_of(own))
        self.sessions[ticket] = (agent_id, shared)
        return encode_answer(SessionAnswer(half_of(own), ticket, 3600))

    def _enrol(self, signature: Any, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        request = decode_enrol_request(body)
        key = read_public_key(request.raw_public_key())
        assert signature.agent_id == NO_AGENT
        refusal = verify(signature, key, method, path, body, now_ms=self.now_ms(), nonces=self.nonces)
        if refusal is not None:
            return _refused(refusal)
        if request.token != TOKEN:
            return 403, b'{"error": {"code": "token", "message": "This token has expired."}}'
        known = [agent for agent, other in self.keys.items() if other.public_bytes_raw() == key.public_bytes_raw()]
        agent_id = known[0] if known else len(self.keys) + 1
        self.keys[agent_id] = key
        self.announced[agent_id] = request.checks
        state = self.states.setdefault(agent_id, self.first_state)
        answer = EnrolResponse(agent_id, f"uid-{agent_id}", state, self.url, self.now_ms(), self.policy.interval)
        return 201, encode_json(answer)

    def _known(self, agent_id: int, path: str, body: bytes) -> tuple[int, bytes]:
        state = self.states[agent_id]
        if path == STATUS_PATH:
            return 200, encode_json(StatusResponse(state, self.url, self.now_ms(), self.policy.interval))
        if state is not AgentState.APPROVED:
            return _refused(Refusal(state.value))
        if path == SESSION_PATH and self.gives_sessions:
            return 200, self._session(agent_id, body)
        if path == "/v1/policy":
            return 200, encode_policy(self.policy)
        if path == "/v1/register":
            return 200, self._register(agent_id, body)
        if path == "/v1/inventory":
            self.inventories.append(decode_inventory(body))
            return 204, b""
        if path == "/v1/samples":
            return self._samples(agent_id, body)
        if path == "/v1/results" and self.takes_results:
            return self._results(agent_id, body)
        return 404, b"no such page"

    def _results(self, agent_id: int, body: bytes) -> tuple[int, bytes]:
        results = decode_results(body)
        if self.refuse_result_at is not None:
            at, code = self.refuse_result_at
            if any(each.at == at for each in results):
                return _refused(code)
        for each in results:
            known = self.results.setdefault((agent_id, each.check, each.at), each)
            assert known == each, "one result, two contents"
            self.repeated_results += known is not each
        return 204, b""

    def _register(self, agent_id: int, body: bytes) -> bytes:
        ids = []
        for series in decode_register(body):
            self.registered.append(series)
            key = (series.name, tuple(sorted(series.labels.items())))
            if (agent_id, key) not in self._ids:
                self._ids[agent_id, key] = self._next_id
                self._series[self._next_id] = (agent_id, key)
                self._next_id += 1
            ids.append(self._ids[agent_id, key])
        return encode_ids(ids)

    def _samples(self, agent_id: int, body: bytes) -> tuple[int, bytes]:
        header, columns = decode_samples(body)
        owned = [self._series.get(number) for number in columns.ids]
        if any(one is None or one[0] != agent_id for one in owned):
            return _refused(Refusal.UNKNOWN_SERIES)
        samples = tuple(
            (one[1], header.base_ms + delta, value)
            for one, delta, value in zip(owned, columns.deltas, columns.values, strict=True)
            if one is not None
        )
        self.batches.append(Batch(agent_id, header.boot_id, header.sequence, samples, body))
        if header.sequence <= self.marks.get((agent_id, header.boot_id), 0):
            self.repeats += 1
            return 204, b""
        self.marks[agent_id, header.boot_id] = header.sequence
        for key, ts, value in samples:
            assert self.stored.setdefault((agent_id, key, ts), value) == value, "one sample, two values"
        return 204, b""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 20
    owner: MemoryGateway

    def setup(self) -> None:
        super().setup()
        self.owner.connections.add(self.connection)

    def finish(self) -> None:
        self.owner.connections.discard(self.connection)
        with suppress(OSError):
            super().finish()

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        owner = self.owner
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): text for name, text in self.headers.items()}
        with owner.lock:
            owner.requests.append((self.path, headers))
            trouble = next((one for one in owner.troubles if one.path in (self.path, "*")), None)
            if trouble is not None:
                owner.troubles.remove(trouble)
            if trouble is not None and not trouble.cut_after_work:
                status, answer, extra = trouble.status, trouble.body, trouble.headers
            else:
                status, answer = owner.handle(self.command, self.path, headers, body)
                extra = {}
        if trouble is not None and trouble.cut_after_work:
            self.close_connection = True
            return
        self.send_response(status)
        for name, text in extra.items():
            self.send_header(name, text)
        if status != 204:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(time.time() + self.owner.clock_shift_s if timestamp is None else timestamp)

    def log_message(self, format: str, *args: object) -> None:
        return


@contextmanager
def memory_gateway() -> Iterator[MemoryGateway]:
    gateway = MemoryGateway()
    gateway.start()
    try:
        yield gateway
    finally:
        gateway.stop()


def until(holds: Any, seconds: float = 10.0, what: str = "it") -> None:
    """Waits for `holds()`, at most `seconds`."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds} s"
        time.sleep(0.02)


def _refused(code: Refusal) -> tuple[int, bytes]:
    return STATUS[code], refusal_body(code, f"because of {code.value}")


def parsed(text: str) -> Any:
    return msgspec.json.decode(text)
