# SPDX-License-Identifier: Apache-2.0
"""Every request is signed by the machine's own key over what it asks, when, and once.

    X-Steward-Agent: 17                    the id given at enrolment; 0 while enrolling
    X-Steward-Time: 1767225600000          unix time, milliseconds
    X-Steward-Nonce: 22 letters            16 random bytes, base64url without padding
    X-Steward-Signature: 88 letters        base64 of ed25519(method \n path \n time \n nonce \n sha256hex(body))

`path` is the protocol's own path (`/v1/samples`), without the prefix a reverse proxy may have put before it.

What comes every few seconds is authenticated by a key that both share for a while instead: `steward_agent.protocol.sessions`.
"""

import base64
import binascii
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.refusals import Refusal
from steward_agent.protocol.sessions import HEADER_SESSION, MAC_BYTES, Session, checked_ticket, is_mac, mac

HEADER_AGENT = "X-Steward-Agent"
HEADER_TIME = "X-Steward-Time"
HEADER_NONCE = "X-Steward-Nonce"
HEADER_SIGNATURE = "X-Steward-Signature"

NO_AGENT = 0
NONCE_BYTES = 16
NONCE_LETTERS = 22
SIGNATURE_BYTES = 64
PUBLIC_KEY_BYTES = 32
MAX_AGENT_ID = 2**32 - 1
TIME_WINDOW_MS = 120_000
_MAX_TIME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Signature:
    """The four headers, read but not yet verified. `ticket` is that of a session, whose key made the signature; empty without one."""

    agent_id: int
    time_ms: int
    nonce: str
    signature: bytes
    ticket: str = ""


def signing_string(method: str, path: str, time_ms: int, nonce: str, body: bytes) -> bytes:
    """The bytes that are signed."""
    return f"{method}\n{path}\n{time_ms}\n{nonce}\n{hashlib.sha256(body).hexdigest()}".encode()


def new_nonce() -> str:
    return secrets.token_urlsafe(NONCE_BYTES)


def signed_headers(
    key: Ed25519PrivateKey, agent_id: int, method: str, path: str, body: bytes, *, time_ms: int
) -> dict[str, str]:
    """The four headers for one request; a fresh nonce each call, so a retry is signed anew."""
    nonce = new_nonce()
    signature = key.sign(signing_string(method, path, time_ms, nonce, body))
    return {
        HEADER_AGENT: str(agent_id),
        HEADER_TIME: str(time_ms),
        HEADER_NONCE: nonce,
        HEADER_SIGNATURE: base64.b64encode(signature).decode(),
    }


def session_headers(
    session: Session, agent_id: int, method: str, path: str, body: bytes, *, time_ms: int
) -> dict[str, str]:
    """The five headers for one request within a session; a fresh nonce each call."""
    nonce = new_nonce()
    signature = mac(session.key, method, path, time_ms, nonce, body)
    return {
        HEADER_AGENT: str(agent_id),
        HEADER_TIME: str(time_ms),
        HEADER_NONCE: nonce,
        HEADER_SESSION: session.ticket,
        HEADER_SIGNATURE: base64.b64encode(signature).decode(),
    }


def read_signature(headers: Mapping[str, str]) -> Signature:
    """The signature in `headers`, a mapping that knows the names in lower case (Django's does, whatever the case).

    Raises:
        ProtocolError: naming the header that is missing or malformed.
    """
    ticket = headers.get(HEADER_SESSION.lower(), "")
    return Signature(
        agent_id=_number(headers, HEADER_AGENT, MAX_AGENT_ID),
        time_ms=_number(headers, HEADER_TIME, 10**_MAX_TIME_DIGITS),
        nonce=_nonce(headers),
        signature=_base64(headers, HEADER_SIGNATURE, MAC_BYTES if ticket else SIGNATURE_BYTES),
        ticket=checked_ticket(ticket) if ticket else "",
    )


def read_public_key(raw: bytes) -> Ed25519PublicKey:
    """The key object to keep and verify with; `raw` is its 32 bytes.

    Raises:
        ProtocolError: for any other length.
    """
    if len(raw) != PUBLIC_KEY_BYTES:
        raise ProtocolError("public_key", f"must be {PUBLIC_KEY_BYTES} bytes")
    return Ed25519PublicKey.from_public_bytes(raw)


class NonceMemory:
    """Which nonces were seen. Holds each for at least two windows, then forgets; bounded per agent.

    A nonce may be dated a window ahead and is accepted until a window after its date: two windows. Generations of that
    length are dropped whole, which costs nothing per request. The memory belongs to one process: after a restart, or
    at a second gateway, a request can be replayed within the window, which is harmless because every message is
    idempotent (batches by sequence, series and inventory by content).
    """

    def __init__(self, window_ms: int = TIME_WINDOW_MS, per_agent: int = 20_000) -> None:
        self.window_ms = window_ms
        self._per_agent = per_agent
        self._current: dict[int, set[str]] = {}
        self._before: dict[int, set[str]] = {}
        self._turned_ms = 0

    def use(self, agent_id: int, nonce: str, now_ms: int) -> Refusal | None:
        """None the first time; REPLAY when seen before; BUSY when this agent has used up its share."""
        if not 0 <= now_ms - self._turned_ms < 2 * self.window_ms:
            self._turn(now_ms)
        seen = self._current.setdefault(agent_id, set())
        if nonce in seen or nonce in self._before.get(agent_id, ()):
            return Refusal.REPLAY
        if len(seen) >= self._per_agent:
            return Refusal.BUSY
        seen.add(nonce)
        return None

    def _turn(self, now_ms: int) -> None:
        long_idle = now_ms - self._turned_ms >= 4 * self.window_ms
        self._before = {} if long_idle else self._current
        self._current = {}
        self._turned_ms = now_ms


def verify(
    signature: Signature,
    public_key: Ed25519PublicKey,
    method: str,
    path: str,
    body: bytes,
    *,
    now_ms: int,
    nonces: NonceMemory,
) -> Refusal | None:
    """None when the request is the agent's, is of now, and was not seen before; the refusal otherwise.

    No I/O, about 0.16 ms. The nonce is remembered only after the signature holds, so a stranger can't fill the memory.
    """
    if abs(now_ms - signature.time_ms) > nonces.window_ms:
        return Refusal.CLOCK
    if signature.ticket:
        return Refusal.SESSION  # who has no key for it can't say that it holds
    signed = signing_string(method, path, signature.time_ms, signature.nonce, body)
    try:
        public_key.verify(signature.signature, signed)
    except InvalidSignature:
        return Refusal.SIGNATURE
    return nonces.use(signature.agent_id, signature.nonce, now_ms)


def verify_in_session(
    signature: Signature, key: bytes, method: str, path: str, body: bytes, *, now_ms: int, nonces: NonceMemory
) -> Refusal | None:
    """The same for a request within a session of `key`: about 0.01 ms."""
    if abs(now_ms - signature.time_ms) > nonces.window_ms:
        return Refusal.CLOCK
    if not is_mac(signature.signature, key, method, path, signature.time_ms, signature.nonce, body):
        return Refusal.SIGNATURE
    return nonces.use(signature.agent_id, signature.nonce, now_ms)


def _text(headers: Mapping[str, str], name: str) -> str:
    text = headers.get(name.lower())
    if text is None:
        raise ProtocolError(name, "is missing")
    return text


def _number(headers: Mapping[str, str], name: str, top: int) -> int:
    text = _text(headers, name)
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_TIME_DIGITS) or str(int(text)) != text:
        raise ProtocolError(name, "must be a plain decimal number")
    if int(text) > top:
        raise ProtocolError(name, f"must be at most {top}")
    return int(text)


def _nonce(headers: Mapping[str, str]) -> str:
    text = _text(headers, HEADER_NONCE)
    if len(text) != NONCE_LETTERS or not text.isascii() or not text.replace("-", "a").replace("_", "a").isalnum():
        raise ProtocolError(HEADER_NONCE, f"must be {NONCE_BYTES} bytes in base64url, {NONCE_LETTERS} letters")
    return text


def _base64(headers: Mapping[str, str], name: str, size: int) -> bytes:
    text = _text(headers, name)
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise ProtocolError(name, "must be base64") from None
    if len(raw) != size:
        raise ProtocolError(name, f"must be {size} bytes")
    return raw
