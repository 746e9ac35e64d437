# SPDX-License-Identifier: Apache-2.0
"""Contents as files below a folder."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from steward.core.files.backend import Kept, checked, is_key


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
            if is_key(key) and (kept := self.find(key)):
                yield kept

    def _path(self, key: str) -> Path:
        return self._root / checked(key)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
