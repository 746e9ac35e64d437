# SPDX-License-Identifier: Apache-2.0
"""Anchors: the head of the chain, signed, where no owner of the database can reach it.

A superuser can write a whole chain anew. What was exported before tells."""

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from steward.settings.env import get_settings
from steward.settings.secrets import secret

VERSION = 1


@dataclass(frozen=True, slots=True)
class SignedHead:
    """`hash` in hex; `at` aware, UTC; `key` and `signature` in base64."""

    seq: int
    hash: str
    at: datetime
    key: str
    signature: str

    def line(self) -> str:
        """One line of JSON: what is exported."""
        return json.dumps(
            {
                "v": VERSION,
                "seq": self.seq,
                "hash": self.hash,
                "at": self.at.isoformat(),
                "key": self.key,
                "sig": self.signature,
            }
        )

    @property
    def genuine(self) -> bool:
        """Whether this installation signed it."""
        try:
            _key().public_key().verify(base64.b64decode(self.signature), _signed(self.seq, self.hash, self.at))
        except (InvalidSignature, ValueError):
            return False
        return True


class BadAnchor(ValueError):
    """A line of an anchor file can't be read."""


def sign(seq: int, digest: bytes, at: datetime) -> SignedHead:
    """The head `seq` with its hash, signed with the installation's key. Only ever of the chain itself, never of a stored
    anchor, which whoever owns the database may have changed."""
    at = at.astimezone(UTC)
    signature = _key().sign(_signed(seq, digest.hex(), at))
    return SignedHead(seq, digest.hex(), at, public_key(), base64.b64encode(signature).decode())


def public_key() -> str:
    """The public half of the installation's key, in base64."""
    return base64.b64encode(_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def local_anchors() -> Path:
    """Where the anchors are kept on this machine, out of the database's reach."""
    return get_settings().data_dir / "audit" / "anchors.jsonl"


def read_anchors(path: Path) -> list[SignedHead]:
    """The anchors in a file of lines; other lines, such as a mail's headers, are passed over.

    Raises BadAnchor when a line of JSON is no anchor or there is none at all.
    """
    lines = (line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines())
    found = [_parse(line) for line in lines if line.startswith("{")]
    if not found:
        raise BadAnchor(f"{path}: holds no anchor")
    return found


def _parse(line: str) -> SignedHead:
    try:
        given = json.loads(line)
        at = datetime.fromisoformat(given["at"])
        return SignedHead(int(given["seq"]), str(given["hash"]), at, str(given["key"]), str(given["sig"]))
    except (ValueError, KeyError, TypeError) as wrong:
        raise BadAnchor(f"not an anchor: {line[:80]}") from wrong


def _signed(seq: int, digest: str, at: datetime) -> bytes:
    return f"steward-audit-anchor-{VERSION}\n{seq}\n{digest}\n{at.isoformat()}".encode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(secret("audit-anchor", create=_new_key)))


def _new_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
