# SPDX-License-Identifier: Apache-2.0
"""The keys of backups. One secret of the installation seals what is backed up; a recovery key, whose private half is not on
the machine, opens the file in which the installation's keys are kept apart. The format is in docs/explanation/backups.md."""

import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from typing import Any, Final

import cramjam
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from steward.core.recovery.refusal import RecoveryRefused

CHUNK_MARK: Final = b"SBC1"
SEALED_MARK: Final = b"SBM1"
KEYS_FORMAT: Final = "steward-keys 1"
KEY_WORD: Final = "STEWARD-RECOVERY-1"
_NONCE: Final = 12
_PLAIN: Final = b"\x00"
_ZSTD: Final = b"\x01"
_CHECK_BYTES: Final = 4


class WrongKey(RecoveryRefused):
    """What was to be opened was sealed with another key."""


class Damaged(RecoveryRefused):
    """What was read is not what was stored."""


@dataclass(frozen=True, slots=True)
class BackupKey:
    """What seals chunks and manifests, three keys derived from the installation's secret."""

    naming: bytes = field(repr=False)
    sealing: bytes = field(repr=False)
    listing: bytes = field(repr=False)

    @classmethod
    def of(cls, secret: str) -> "BackupKey":
        """The key of the secret called `backup`."""
        return cls(
            *(_derived(secret.encode(), b"steward backup " + use) for use in (b"naming", b"chunks", b"manifests"))
        )

    def name_of(self, plain: bytes) -> str:
        """The name of a chunk: its content's hash under our key, so that a name betrays no content to who sees it."""
        return hmac.new(self.naming, plain, hashlib.sha256).hexdigest()

    def seal_chunk(self, name: str, plain: bytes) -> bytes:
        """A chunk as it is stored: compressed when that helps, sealed with a key of its own that is bound to its name."""
        packed = bytes(cramjam.zstd.compress(plain, level=3))
        body = _ZSTD + packed if len(packed) < len(plain) else _PLAIN + plain
        nonce = os.urandom(_NONCE)
        return CHUNK_MARK + nonce + self._of_chunk(name).encrypt(nonce, body, CHUNK_MARK + bytes.fromhex(name))

    def open_chunk(self, name: str, stored: bytes) -> bytes:
        """The content of the chunk `name`, its hash compared. Raises Damaged."""
        try:
            if not stored.startswith(CHUNK_MARK):
                raise ValueError
            start = len(CHUNK_MARK)
            nonce, sealed = stored[start : start + _NONCE], stored[start + _NONCE :]
            body = self._of_chunk(name).decrypt(nonce, sealed, CHUNK_MARK + bytes.fromhex(name))
            plain = bytes(cramjam.zstd.decompress(body[1:])) if body[:1] == _ZSTD else body[1:]
        except (InvalidTag, ValueError, cramjam.DecompressionError):
            raise Damaged(f"the chunk {name} was changed: take another backup.") from None
        if not hmac.compare_digest(self.name_of(plain), name):
            raise Damaged(f"the chunk {name} holds something else: take another backup.")
        return plain

    def seal(self, name: str, plain: bytes) -> bytes:
        """A manifest as it is stored, bound to its name."""
        nonce = os.urandom(_NONCE)
        packed = bytes(cramjam.zstd.compress(plain, level=9))
        return SEALED_MARK + nonce + AESGCM(self.listing).encrypt(nonce, packed, SEALED_MARK + name.encode())

    def open(self, name: str, stored: bytes) -> bytes:
        """A manifest's content. Raises WrongKey, which a changed manifest can't be told from."""
        start = len(SEALED_MARK)
        nonce, sealed = stored[start : start + _NONCE], stored[start + _NONCE :]
        try:
            return bytes(
                cramjam.zstd.decompress(AESGCM(self.listing).decrypt(nonce, sealed, SEALED_MARK + name.encode()))
            )
        except (InvalidTag, ValueError):
            raise WrongKey(
                f"{name} does not open: the keys are those of another installation, or it was changed. "
                "Give the keys that belong to these backups."
            ) from None

    def _of_chunk(self, name: str) -> AESGCM:
        return AESGCM(hmac.new(self.sealing, bytes.fromhex(name), hashlib.sha256).digest())


def make_recovery_key() -> tuple[str, str]:
    """A new recovery key: its private half, to be written down by a person, and its public half."""
    private = X25519PrivateKey.generate()
    raw = private.private_bytes_raw()
    text = _spelt(raw + _check(raw))
    groups = "-".join(text[at : at + 6] for at in range(0, len(text), 6))
    return f"{KEY_WORD}-{groups}", _b64(private.public_key().public_bytes_raw())


def seal_keys(keys: dict[str, str], recipient: str, *, installation: str, fingerprint: str) -> str:
    """The file of keys: `keys` by their file names, to be opened by the private half of `recipient` alone."""
    ephemeral = X25519PrivateKey.generate()
    public, ours = base64.b64decode(recipient), ephemeral.public_key().public_bytes_raw()
    header = {"format": KEYS_FORMAT, "installation": installation, "fingerprint": fingerprint, "ephemeral": _b64(ours)}
    shared = ephemeral.exchange(X25519PublicKey.from_public_bytes(public))
    # The key is used once, so its nonce may be fixed.
    cipher = ChaCha20Poly1305(_derived(shared, b"steward keys " + ours + public))
    sealed = cipher.encrypt(bytes(_NONCE), json.dumps(keys).encode(), _bound(header))
    return json.dumps({**header, "sealed": _b64(sealed)}, indent=1) + "\n"


def open_keys(text: str, recovery_key: str) -> dict[str, str]:
    """The keys of a file of keys. Raises RecoveryRefused for what is no such file, WrongKey for another recovery key."""
    header = keys_header(text)
    private = X25519PrivateKey.from_private_bytes(_private(recovery_key))
    try:
        sealed, ours = base64.b64decode(header.pop("sealed")), base64.b64decode(header["ephemeral"])
        shared = private.exchange(X25519PublicKey.from_public_bytes(ours))
    except (ValueError, TypeError):
        raise RecoveryRefused("this file of keys was changed: give another copy of it.") from None
    cipher = ChaCha20Poly1305(_derived(shared, b"steward keys " + ours + private.public_key().public_bytes_raw()))
    try:
        found: dict[str, str] = json.loads(cipher.decrypt(bytes(_NONCE), sealed, _bound(header)))
    except InvalidTag:
        raise WrongKey(
            "the recovery key does not open this file of keys: give the one that was made with it."
        ) from None
    return found


def keys_header(text: str) -> dict[str, Any]:
    """What a file of keys says in the open: format, installation, fingerprint. Raises RecoveryRefused."""
    try:
        found = json.loads(text)
        if found["format"] != KEYS_FORMAT or not {"installation", "fingerprint", "ephemeral", "sealed"} <= set(found):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        raise RecoveryRefused("this is no file of keys: give the one called steward-keys-….json.") from None
    return dict(found)


def _private(recovery_key: str) -> bytes:
    bare = recovery_key.strip().upper().removeprefix(KEY_WORD).replace("-", "").replace(" ", "")
    try:
        raw = base64.b32decode(bare + "=" * (-len(bare) % 8))
        # The last letter has bits that say nothing: another one there would be read as the same key.
        if len(raw) != 32 + _CHECK_BYTES or _check(raw[:32]) != raw[32:] or _spelt(raw) != bare:
            raise ValueError
    except ValueError:
        raise WrongKey(
            f"the recovery key is mistyped: it begins with {KEY_WORD} and has ten groups after it."
        ) from None
    return raw[:32]


def _spelt(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=")


def _check(raw: bytes) -> bytes:
    return hashlib.sha256(b"steward recovery key " + raw).digest()[:_CHECK_BYTES]


def _bound(header: dict[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True).encode()


def _derived(secret: bytes, use: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=use).derive(secret)


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
