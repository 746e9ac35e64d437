# SPDX-License-Identifier: Apache-2.0
"""A key that agent and gateway share for an hour, so that what comes every few seconds needs no signature.

The agent asks for it by a request that its own key signs, `POST /v1/session`, with half of an X25519 exchange; the answer is the
other half and a ticket. The ticket holds the key for whoever has the gateways' secret and for nobody else, so any gateway of the
house understands it and none has to remember it (as TLS does it, RFC 5077). Requests then carry

    X-Steward-Session: the ticket
    X-Steward-Signature: 44 letters        base64 of blake2b-256(key; method \\n path \\n time \\n nonce \\n length \\n body)

beside agent, time and nonce, which mean what they mean in `steward_agent.protocol.signing`.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from msgspec import Meta

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded
from steward_agent.protocol.versions import VERSION, check_version

SESSION_PATH = "/v1/session"
HEADER_SESSION = "X-Steward-Session"
HALF_BYTES = 32
KEY_BYTES = 32
MAC_BYTES = 32
MAX_TICKET_LETTERS = 400
_INFO = b"steward session v1"
_PERSON = b"steward mac v1"
_TICKET = re.compile(r"[A-Za-z0-9_-]{16,400}")


class SessionAnswer(msgspec.Struct, frozen=True):
    """The gateway's half of the exchange, the ticket to show, and for how many seconds it will be taken."""

    half: Annotated[bytes, Meta(min_length=HALF_BYTES, max_length=HALF_BYTES)]
    ticket: Annotated[str, Meta(max_length=MAX_TICKET_LETTERS)]
    seconds: Annotated[int, Meta(ge=1, le=86_400)]
    version: int = VERSION


@dataclass(frozen=True, slots=True)
class Session:
    """What requests are authenticated with until `ends` (the same clock as the caller's, seconds)."""

    ticket: str
    key: bytes
    ends: float


_decoder = msgspec.msgpack.Decoder(SessionAnswer)


def encode_answer(answer: SessionAnswer) -> bytes:
    return msgspec.msgpack.encode(answer)


def decode_answer(body: bytes) -> SessionAnswer:
    """Raises ProtocolError for anything that is no such answer."""
    answer = decoded(_decoder, body, "session")
    check_version(answer.version)
    return SessionAnswer(answer.half, checked_ticket(answer.ticket), answer.seconds)


def checked_ticket(text: str) -> str:
    """Raises ProtocolError for a text that can't be a ticket, so that nothing else gets into a head or a cache."""
    if _TICKET.fullmatch(text) is None:
        raise ProtocolError(HEADER_SESSION, "must be a ticket that a gateway gave")
    return text


def shared_key(own: X25519PrivateKey, other: bytes, agent_id: int, *, agent_half: bytes, gateway_half: bytes) -> bytes:
    """The key that both sides come to, bound to the agent and to both halves.

    Raises:
        ProtocolError: for a half that is no point, or one that gives everybody the same key.
    """
    try:
        secret = own.exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise ProtocolError("half", "is no half of an X25519 exchange") from None
    about = _INFO + agent_id.to_bytes(4, "big") + agent_half + gateway_half
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=about).derive(secret)


def half_of(own: X25519PrivateKey) -> bytes:
    """The half to send."""
    return own.public_key().public_bytes_raw()


def mac(key: bytes, method: str, path: str, time_ms: int, nonce: str, body: bytes) -> bytes:
    """What only who has the key can say of this request: 32 bytes."""
    head = f"{method}\n{path}\n{time_ms}\n{nonce}\n{len(body)}\n".encode()
    digest = hashlib.blake2b(head, digest_size=MAC_BYTES, key=key, person=_PERSON)
    digest.update(body)
    return digest.digest()


def is_mac(given: bytes, key: bytes, method: str, path: str, time_ms: int, nonce: str, body: bytes) -> bool:
    """Whether `given` is the request's, compared in constant time."""
    return hmac.compare_digest(given, mac(key, method, path, time_ms, nonce, body))
