# SPDX-License-Identifier: Apache-2.0
"""Folders of the data as they go into a backup: each folder's files together, so that many small ones make few chunks."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward.core.recovery.refusal import RecoveryRefused

READ: Final = 1024 * 1024
# Of a store that is not running: what it makes anew, and what other snapshots left behind.
NOT_KEPT: Final = frozenset({"shadow", "tmp", "status", "uuid"})


@dataclass(frozen=True, slots=True)
class Folder:
    """Files that go into a backup together. `path` is where they come back; `members` are (name, size)."""

    path: str
    source: Path
    members: tuple[tuple[str, int], ...]
    stamp: str

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(size for _, size in self.members)

    def stream(self) -> Iterator[bytes]:
        """The bytes of its files, one after the other. Raises RecoveryRefused when one has become shorter."""
        for name, size in self.members:
            left = size
            with (self.source / name).open("rb") as handle:
                while left and (piece := handle.read(min(READ, left))):
                    left -= len(piece)
                    yield piece
            if left:
                raise RecoveryRefused(f"{self.path}/{name} was changed while it was backed up: run it again.")


def folders_below(source: Path, path: str, *, left_out: Iterable[str] = ()) -> Iterator[Folder]:
    """Every folder below `source` that holds files; `left_out` are names of entries of `source` itself. Links are not followed."""
    skipped = frozenset(left_out)
    for at, inner, names in os.walk(source):
        here = Path(at)
        if here == source:
            inner[:] = [name for name in inner if name not in skipped]
            names = [name for name in names if name not in skipped]
        inner.sort()
        found = folder_of(here, str(Path(path) / here.relative_to(source)), names)
        if found.members:
            yield found


def folder_of(source: Path, path: str, names: Iterable[str]) -> Folder:
    """The files called `names` in `source`. The stamp is of their names, sizes, times and numbers on the disk."""
    members, mark = [], hashlib.sha256()
    for name in sorted(names):
        file = source / name
        if file.is_symlink() or not file.is_file():
            continue
        found = file.stat()
        members.append((name, found.st_size))
        mark.update(f"{name}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}\n".encode())
    return Folder(path, source, tuple(members), mark.hexdigest()[:32])
