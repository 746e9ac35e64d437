# SPDX-License-Identifier: Apache-2.0
"""By which answers to a mail find their ticket: sixteen letters, signed, so that nobody reaches a ticket by guessing its number.

80 bits of a keyed hash over the ticket's uid. It says where words belong, never who wrote them nor what they may."""

from base64 import b32encode
from hmac import compare_digest
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

LENGTH: Final = 16
_SALT: Final = "steward.tickets.reply"


def token_of(uid: UUID) -> str:
    """The token of a ticket, in small letters and digits, as it stands after the plus sign of an address."""
    digest = salted_hmac(_SALT, uid.bytes, algorithm="sha256").digest()
    return b32encode(digest[: LENGTH * 5 // 8]).decode().lower()


def is_token_of(uid: UUID, token: str) -> bool:
    """Whether `token` is the ticket's own."""
    return compare_digest(token_of(uid), token.lower())
