# SPDX-License-Identifier: Apache-2.0
"""The door of crypto."""

from steward.core.crypto.keyring import CannotDecrypt, Keyring, keyring


def encrypt(purpose: str, plaintext: bytes, *, context: bytes = b"") -> str:
    """Seal `plaintext` under the data key of `purpose`; `context` (say, the record's id) must be given again to open it."""
    return keyring().encrypt(purpose, plaintext, context=context)


def decrypt(purpose: str, token: str, *, context: bytes = b"") -> bytes:
    """Open a sealed value. Raises CannotDecrypt when key, place or content differ."""
    return keyring().decrypt(purpose, token, context=context)


def rotate(purpose: str) -> int:
    """Seal with a new key from now on; what was sealed before still opens. Returns the new version."""
    return keyring().rotate(purpose)


__all__ = ["CannotDecrypt", "Keyring", "decrypt", "encrypt", "rotate"]
