# SPDX-License-Identifier: Apache-2.0
"""Signed requests over one kept-alive connection, and what each answer means for the agent."""

import random
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from ipaddress import ip_address

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from steward_agent import __version__, logs
from steward_agent.clock import ServerClock
from steward_agent.errors import AgentError
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import MAX_REFUSAL_BYTES, Refusal, read_refusal
from steward_agent.protocol.samples import Codec
from steward_agent.protocol.sessions import SESSION_PATH, Session, decode_answer, half_of, shared_key
from steward_agent.protocol.signing import session_headers, signed_headers
from steward_agent.protocol.text import printable

HEADER_SET_ASIDE = "X-Steward-Set-Aside"
MAX_ANSWER_BYTES = 256 * 1024
MAX_RETRY_AFTER_S = 3600.0
_TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_LIMITS = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=90.0)


class Outcome(StrEnum):
    """What an answer asks of the agent."""

    DONE = "done"
    REGISTER = "register"  # the server doesn't know a series: register again, send the same batch again
    SPLIT = "split"  # too large: send less at once
    REFUSED = "refused"  # this content will never be taken: set it aside
    ODD = "odd"  # an answer outside the protocol, perhaps of something in between
    PENDING = "pending"  # nobody has approved this agent yet
    REVOKED = "revoked"
    UNKNOWN = "unknown"  # the server doesn't know the agent or its key
    CLOCK = "clock"  # the signature's time is outside the server's window
    WAIT = "wait"  # busy, full or out of reach: the same again later


@dataclass(frozen=True, slots=True)
class Answer:
    """`retry_after_s` is the server's wish, None when it has none; `message` is for people, printable.

    `set_aside` says what of a batch that was taken the gateway put aside, with the reasons; empty for nothing.
    """

    outcome: Outcome
    status: int = 0
    body: bytes = b""
    message: str = ""
    retry_after_s: float | None = None
    code: Refusal | None = None
    set_aside: str = ""


_BY_CODE = {
    Refusal.MALFORMED: Outcome.REFUSED,
    Refusal.CLOCK: Outcome.CLOCK,
    Refusal.SESSION: Outcome.WAIT,
    Refusal.REPLAY: Outcome.WAIT,
    Refusal.PENDING: Outcome.PENDING,
    Refusal.REVOKED: Outcome.REVOKED,
}
_BY_STATUS = {
    401: Outcome.UNKNOWN,
    403: Outcome.UNKNOWN,
    409: Outcome.REGISTER,
    413: Outcome.SPLIT,
    408: Outcome.WAIT,
    429: Outcome.WAIT,
}


# What comes every few seconds goes by the key of a session; all else is signed by the machine's own.
OFTEN = ("/v1/samples", "/v1/results")
# A gateway that gives no sessions, one of before, is asked again now and then; requests are signed meanwhile.
SESSION_AGAIN_S = 900.0
# A ticket is not shown in its last seconds, in which it could end on its way.
SESSION_SPARE_S = 60.0


class Channel:
    """For one thread at a time."""

    def __init__(self, key: Ed25519PrivateKey, agent_id: int, url: str, clock: ServerClock) -> None:
        """`url` is the base in front of the protocol's paths.

        Raises:
            AgentError: for an address that is not one, or that would send in the clear over a network.
        """
        self._key = key
        self._agent_id = agent_id
        self._url = checked_url(url)
        self._clock = clock
        self._session: Session | None = None
        self._session_due = 0.0
        near = is_near(self._url.host)
        self.codec = Codec.LZ4 if near else Codec.ZSTD
        self._client = httpx.Client(
            timeout=_TIMEOUT,
            limits=_LIMITS,
            verify=_tls(self._url),
            # A proxy of the environment is for the world outside.
            trust_env=not near,
            headers={"User-Agent": f"steward-agent/{__version__}", "Accept-Encoding": "identity"},
        )

    def call(self, method: str, path: str, body: bytes = b"", content_type: str = "application/octet-stream") -> Answer:
        """One request and its answer; twice when only the clock or the session stood in the way. Never raises for the network's sake."""
        session = self._session_for(path)
        answer = self._once(method, path, body, content_type, session)
        if answer.code is Refusal.SESSION:
            self._forget_session()
            session = None
        elif answer.outcome is not Outcome.CLOCK:
            return answer
        return self._once(method, path, body, content_type, session)

    def close(self) -> None:
        self._client.close()

    def _session_for(self, path: str) -> Session | None:
        """The session by which a request to `path` goes; opened where it is time for one."""
        if path not in OFTEN:
            return None
        now = time.monotonic()
        if self._session is not None and now < self._session.ends:
            return self._session
        if now >= self._session_due:
            self._forget_session()
            self._session = self._opened(now)
        return self._session

    def _forget_session(self) -> None:
        """None from now on, until it is time to ask for one again."""
        self._session, self._session_due = None, time.monotonic() + SESSION_AGAIN_S

    def _opened(self, now: float) -> Session | None:
        """A new session; None where the gateway gives none now."""
        own = X25519PrivateKey.generate()
        half = half_of(own)
        answer = self._once("POST", SESSION_PATH, half, "application/octet-stream", None)
        if answer.outcome is not Outcome.DONE:
            return None
        try:
            given = decode_answer(answer.body)
            key = shared_key(own, given.half, self._agent_id, agent_half=half, gateway_half=given.half)
        except ProtocolError as error:
            logs.warning("session not understood", reason=str(error))
            return None
        self._session_due = 0.0
        return Session(given.ticket, key, now + given.seconds - min(SESSION_SPARE_S, given.seconds / 2))

    def _once(self, method: str, path: str, body: bytes, content_type: str, session: Session | None) -> Answer:
        asked = (self._agent_id, method, path, body)
        at = self._clock.signing_ms()
        headers = session_headers(session, *asked, time_ms=at) if session else signed_headers(self._key, *asked, time_ms=at)
        if body:
            headers["Content-Type"] = content_type
        sent_ms = self._clock.now_ms()
        url = self._url.copy_with(raw_path=self._url.raw_path.rstrip(b"/") + path.encode())
        try:
            with self._client.stream(method, url, content=body or None, headers=headers) as response:
                self._clock.observe(response.headers.get("Date"), sent_ms, self._clock.now_ms())
                content = _bounded(response)
                return _answer(response, content)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return Answer(Outcome.WAIT, message=printable(f"{self._url.host}: {str(error) or type(error).__name__}"))


class Backoff:
    """Pauses that double up to a cap, each between half and all of it, so that agents don't come back in step."""

    def __init__(self, first_s: float = 1.0, cap_s: float = 60.0) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._failures = 0

    def pause(self, wish_s: float | None = None) -> float:
        """Seconds until the next try; never before the server's wish."""
        top = min(self._cap_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        own = random.uniform(top / 2, top)  # noqa: S311  spreads load, guards nothing
        if wish_s is None:
            return own
        return max(own, wish_s + random.uniform(0, min(5.0, wish_s / 10 + 0.1)))  # noqa: S311  the same

    def reset(self) -> None:
        self._failures = 0


def checked_url(text: str) -> httpx.URL:
    """The address in `text`.

    Raises:
        AgentError: when it is none, or plain http to another machine: samples, names and tokens would travel openly.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise AgentError(f"{printable(text)!r} is not an address", "give it as https://host") from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query or url.fragment:
        raise AgentError(f"{printable(text)!r} is not an address of a server", "give it as https://host")
    if url.scheme == "http" and not is_loopback(url.host):
        raise AgentError(
            f"{printable(text)!r} would send everything in the clear", "use https://, or http:// to this host"
        )
    return url


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return False


def is_near(host: str) -> bool:
    """Whether a literal address is this host or of a private network; names are taken to be far."""
    with suppress(ValueError):
        return ip_address(host).is_private
    return host == "localhost"


def retry_after(text: str | None, now: datetime) -> float | None:
    """Seconds a `Retry-After` asks for, at most an hour; None when there is none or it is unreadable."""
    if not text:
        return None
    if text.isascii() and text.isdigit() and len(text) < 10:
        return min(float(text), MAX_RETRY_AFTER_S)
    with suppress(ValueError, TypeError, OverflowError):
        return min(max(0.0, (parsedate_to_datetime(text) - now).total_seconds()), MAX_RETRY_AFTER_S)
    return None


def _tls(url: httpx.URL) -> ssl.SSLContext:
    # Without https nothing is trusted and nothing loaded, which saves some megabytes.
    return ssl.create_default_context() if url.scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _bounded(response: httpx.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_raw():
        size += len(part)
        if size > MAX_ANSWER_BYTES:
            raise httpx.StreamError(f"an answer of more than {MAX_ANSWER_BYTES} bytes")
        parts.append(part)
    return b"".join(parts)


def _answer(response: httpx.Response, content: bytes) -> Answer:
    status = response.status_code
    if 200 <= status < 300:
        return Answer(Outcome.DONE, status, content, set_aside=printable(response.headers.get(HEADER_SET_ASIDE, "")))
    refused = read_refusal(content[:MAX_REFUSAL_BYTES])
    outcome = _BY_CODE.get(refused.code) if refused.code else None
    if outcome is None:
        outcome = _BY_STATUS.get(status) or (Outcome.ODD if status < 500 else Outcome.WAIT)
    wish = retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
    message = refused.message or f"the server answered {status}"
    return Answer(outcome, status, content, message, wish, refused.code)
