# SPDX-License-Identifier: Apache-2.0
"""Enrolment tokens as text: made once, kept as a hash. 256 random bits need no slow hash."""

import hashlib
import secrets

PREFIX = "sten_"
HINT_LENGTH = len(PREFIX) + 4


def new_token() -> str:
    """A token to hand out."""
    return PREFIX + secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is kept of a token: 64 hex digits."""
    return hashlib.sha256(token.encode()).hexdigest()


def token_hint(token: str) -> str:
    """What may be shown of a token."""
    return token[:HINT_LENGTH]
