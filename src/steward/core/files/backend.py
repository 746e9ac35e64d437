# SPDX-License-Identifier: Apache-2.0
"""Where contents lie: a disk or a bucket. The interface has the shape of an object store: whole objects under a key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

_KEY: Final = re.compile(r"[1-9][0-9]{0,18}/[0-9a-f]{2}/[0-9a-f]{64}")


class ContentsAway(Exception):
    """The store of contents does not answer, or refuses us. The text says why, to an operator, and holds no secret."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A content in the store."""

    key: str
    size: int
    touched_at: datetime


class Backend(Protocol):
    """A store of contents under keys "client/first two digits/sha256". Every call may raise ContentsAway."""

    def put(self, key: str, source: Path) -> None:
        """Take over the finished file `source`. Afterwards the content is under `key`, whole, and survives a power cut.

        One that is there already counts as touched now.
        """

    def open(self, key: str) -> BinaryIO:
        """Open for reading, from any place. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Delete; nothing happens when it is not there."""

    def find(self, key: str) -> Kept | None:
        """What is under `key`."""

    def every(self) -> Iterator[Kept]:
        """All contents, in no order."""


def key_of(client_id: int, sha256: str) -> str:
    """The key of a content of one client."""
    return f"{client_id}/{sha256[:2]}/{sha256}"


def is_key(key: str) -> bool:
    """Whether `key` is written as `key_of` writes it; whatever else lies in the store is not ours."""
    return _KEY.fullmatch(key) is not None


def checked(key: str) -> str:
    """`key` itself. Raises ValueError when it is no key of a content: nothing else ever reaches a path or an address."""
    if not is_key(key):
        raise ValueError(f"{key!r} is no key of a content")
    return key
