# SPDX-License-Identifier: Apache-2.0
"""Where contents lie: a disk today. The interface has the shape of an object store: whole objects under a key."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final, Protocol

_KEY: Final = re.compile(r"[1-9][0-9]{0,18}/[0-9a-f]{2}/[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A content in the store."""

    key: str
    size: int
    touched_at: datetime


class Backend(Protocol):
    """A store of contents under keys "client/first two digits/sha256"."""

    def put(self, key: str, source: Path) -> None:
        """Take over the finished file `source`. Afterwards the content is under `key`, whole, and survives a power cut.

        One that is there already is kept, and counts as touched now.
        """

    def open(self, key: str) -> BinaryIO:
        """Open for reading. Raises FileNotFoundError."""

    def delete(self, key: str) -> None:
        """Delete; nothing happens when it is not there."""

    def find(self, key: str) -> Kept | None:
        """What is under `key`."""

    def every(self) -> Iterator[Kept]:
        """All contents, in no order."""


def key_of(client_id: int, sha256: str) -> str:
    """The key of a content of one client."""
    return f"{client_id}/{sha256[:2]}/{sha256}"


class DiskBackend:
    """Contents as files under `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, source: Path) -> None:
        target = self._path(key)
        if target.exists():
            os.utime(target)
            source.unlink()
            return
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        source.replace(target)
        for folder in (target.parent, target.parent.parent, self._root):
            _sync(folder)

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def find(self, key: str) -> Kept | None:
        try:
            found = self._path(key).stat()
        except FileNotFoundError:
            return None
        return Kept(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    def every(self) -> Iterator[Kept]:
        for path in self._root.glob("*/??/*"):
            key = str(path.relative_to(self._root))
            if _KEY.fullmatch(key) and (kept := self.find(key)):
                yield kept

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"{key!r} is no key of a content")
        return self._root / key


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
