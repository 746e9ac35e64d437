# SPDX-License-Identifier: Apache-2.0
"""Tickets: what a gateway gives an agent to show instead of a signature. Sealed with the house's secret, so that every gateway can
open what another gave, also after a restart, and none keeps a list."""

import hashlib
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from steward_agent.protocol.sessions import KEY_BYTES, SessionAnswer, half_of, shared_key

from steward.estate.agents.gateway.identities import Identity

SECONDS = 3_600
_NONCE_BYTES = 12
_FINGERPRINT_BYTES = 8
_CONTENT = struct.Struct(f">IQ{_FINGERPRINT_BYTES}s{KEY_BYTES}s")
_ABOUT = b"steward gateway ticket v1"


@dataclass(frozen=True, slots=True)
class _Opened:
    """A ticket that was opened, and for which key of the agent it holds."""

    ticket: str
    key: bytes
    ends: int
    agent_key: Ed25519PublicKey


class Tickets:
    """`secret` is the same at all gateways of a house. Remembers of each agent the ticket it showed last, to spare opening it again."""

    def __init__(self, secret: str) -> None:
        self._seal = AESGCM(hashlib.sha256(_ABOUT + secret.encode()).digest())
        self._opened: dict[int, _Opened] = {}

    def give(self, identity: Identity, half: bytes, now_s: int) -> SessionAnswer:
        """A new key with this agent, and its ticket. Raises ProtocolError for a half that is none."""
        own = X25519PrivateKey.generate()
        own_half = half_of(own)
        key = shared_key(own, half, identity.agent_id, agent_half=half, gateway_half=own_half)
        content = _CONTENT.pack(identity.agent_id, now_s + SECONDS, _fingerprint(identity.key), key)
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._seal.encrypt(nonce, content, _ABOUT)
        return SessionAnswer(own_half, urlsafe_b64encode(sealed).rstrip(b"=").decode(), SECONDS)

    def key_of(self, ticket: str, identity: Identity, now_s: int) -> bytes | None:
        """The key that `ticket` stands for; None when it is over, not this agent's, of a former key of its, or none of ours."""
        known = self._opened.get(identity.agent_id)
        if known is None or known.ticket != ticket or known.agent_key is not identity.key:
            known = self._open(ticket, identity)
            if known is None:
                return None
            self._opened[identity.agent_id] = known
        return known.key if now_s < known.ends else None

    def _open(self, ticket: str, identity: Identity) -> _Opened | None:
        try:
            sealed = urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4))
            content = self._seal.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], _ABOUT)
            agent_id, ends, fingerprint, key = _CONTENT.unpack(content)
        except (ValueError, InvalidTag, struct.error):
            return None
        if agent_id != identity.agent_id or fingerprint != _fingerprint(identity.key):
            return None
        return _Opened(ticket, key, ends, identity.key)


def _fingerprint(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(key.public_bytes_raw()).digest()[:_FINGERPRINT_BYTES]
