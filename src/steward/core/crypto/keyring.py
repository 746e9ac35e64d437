# SPDX-License-Identifier: Apache-2.0
"""Named data keys, each with its versions, wrapped by the key-encryption key (KEK) that lies in a file of its own.

AES-256-GCM (NIST SP 800-38D) throughout. The purpose, the version and the caller's context are authenticated with every
value, so a ciphertext that is moved to another record, purpose or version does not open."""

import base64
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from steward.settings.env import get_settings
from steward.settings.secrets import secret

KEY_BYTES = 32
NONCE_BYTES = 12
MARK = "st1"


class CannotDecrypt(ValueError):
    """A sealed value does not open: wrong key, wrong place, or changed."""


class Keyring:
    """The data keys in `folder`. Keys are made on first use; a purpose's newest version seals, every version opens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "keys.json"
        self._opened: dict[tuple[str, int], AESGCM] = {}

    def encrypt(self, purpose: str, plaintext: bytes, *, context: bytes = b"") -> str:
        """Seal `plaintext`; the answer names its purpose's key version and is safe in a text column."""
        version = self._newest(purpose) or self._add(purpose, only_first=True)
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._key(purpose, version).encrypt(nonce, plaintext, _bound(purpose, version, context))
        return f"{MARK}.{version}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, purpose: str, token: str, *, context: bytes = b"") -> bytes:
        """Open what `encrypt` sealed with the same purpose and context. Raises CannotDecrypt."""
        try:
            mark, number, body = token.split(".")
            version = int(number)
            raw = base64.urlsafe_b64decode(body)
        except ValueError as wrong:
            raise CannotDecrypt("not a sealed value") from wrong
        # Several spellings decode to the same bytes (RFC 4648, 3.5): one sealed value has one text.
        if base64.urlsafe_b64encode(raw).decode() != body:
            raise CannotDecrypt("not a sealed value")
        if mark != MARK or not 0 < version <= self._newest(purpose):
            raise CannotDecrypt(f"no key of version {version} for {purpose}")
        key = self._key(purpose, version)
        try:
            return key.decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(purpose, version, context))
        except (InvalidTag, ValueError) as wrong:
            raise CannotDecrypt("sealed for another place, or changed") from wrong

    def rotate(self, purpose: str) -> int:
        """Make a new version of a purpose's key, which seals from now on; older ones keep opening. Returns the version."""
        return self._add(purpose, only_first=False)

    def version_of(self, token: str) -> int:
        """The key version that sealed `token`."""
        return int(token.split(".")[1])

    def rewrap(self, new_kek: str) -> None:
        """Wrap every data key with a new key-encryption key and put that in place of the old one."""
        with self._locked() as kept:
            plain = {
                (p, int(v)): self._unwrap(p, int(v), sealed)
                for p, versions in kept.items()
                for v, sealed in versions.items()
            }
            kek = AESGCM(_as_key(new_kek))
            fresh: dict[str, dict[str, str]] = {}
            for (purpose, version), key in plain.items():
                fresh.setdefault(purpose, {})[str(version)] = _wrap(kek, purpose, version, key)
            # Both files change; the old pair stays beside them until both are in place.
            _replace(self._folder / "kek.previous", secret("kek", directory=self._folder) + "\n")
            _replace(self._folder / "keys.previous.json", json.dumps(kept))
            _replace(self._file, json.dumps(fresh))
            _replace(self._folder / "kek", new_kek + "\n")

    def _newest(self, purpose: str) -> int:
        return max(map(int, self._read().get(purpose, {})), default=0)

    def _key(self, purpose: str, version: int) -> AESGCM:
        at = (purpose, version)
        if at not in self._opened:
            self._opened[at] = AESGCM(self._unwrap(purpose, version, self._read()[purpose][str(version)]))
        return self._opened[at]

    def _add(self, purpose: str, *, only_first: bool) -> int:
        with self._locked() as kept:
            versions = kept.setdefault(purpose, {})
            newest = max(map(int, versions), default=0)
            if only_first and newest:
                return newest
            versions[str(newest + 1)] = _wrap(self._kek(), purpose, newest + 1, os.urandom(KEY_BYTES))
            _replace(self._file, json.dumps(kept))
            return newest + 1

    def _unwrap(self, purpose: str, version: int, sealed: str) -> bytes:
        raw = base64.urlsafe_b64decode(sealed)
        try:
            return self._kek().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(purpose, version, b"kek"))
        except InvalidTag as wrong:
            raise CannotDecrypt(
                f"the key-encryption key does not open the data key {purpose}.{version}; restore secrets/kek"
            ) from wrong

    def _kek(self) -> AESGCM:
        return AESGCM(_as_key(secret("kek", directory=self._folder)))

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            kept: dict[str, dict[str, str]] = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return kept

    @contextmanager
    def _locked(self) -> Iterator[dict[str, dict[str, str]]]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._folder / ".keys.lock", os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield self._read()
        finally:
            os.close(lock)


def keyring() -> Keyring:
    """The keyring of this installation."""
    return _rings.setdefault(get_settings().secrets_dir, Keyring(get_settings().secrets_dir))


_rings: dict[Path, Keyring] = {}


def _bound(purpose: str, version: int, context: bytes) -> bytes:
    return b"\x00".join((MARK.encode(), purpose.encode(), str(version).encode(), context))


def _wrap(kek: AESGCM, purpose: str, version: int, key: bytes) -> str:
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + kek.encrypt(nonce, key, _bound(purpose, version, b"kek"))).decode()


def _as_key(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
