# SPDX-License-Identifier: Apache-2.0
"""What one backup consists of, written when all of it is stored: without a manifest there is no backup."""

from datetime import datetime
from typing import Final

import msgspec

from steward.core.recovery.refusal import RecoveryRefused

FORMAT: Final = 1


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """The files of one folder, one after the other, or a single file under a name of its own.

    `members` are (name, size) in the order of their bytes; `stamp` changes with anything in them; `chunks` are (name, size).
    """

    path: str
    members: tuple[tuple[str, int], ...]
    stamp: str
    chunks: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(size for _, size in self.members)


class Dump(msgspec.Struct, frozen=True):
    """The ledger's dump: in PostgreSQL's custom format, as one stream."""

    size: int
    sha256: str
    entries: int
    chunks: tuple[tuple[str, int], ...]


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """One backup. `at` is the instant that the ledger is of; the telemetry is of a moment before, each file referred to is there.

    `ledger` None: left to the server that has it. `files_at`: the bucket from which the contents of files were copied, or, when
    `files_left`, in which they were left. `files_missing` are contents that were gone, or were no longer what they had been.
    """

    format: int = FORMAT
    name: str
    reason: str
    at: datetime
    made_at: datetime
    version: str
    ledger: Dump | None
    telemetry: tuple[Entry, ...]
    telemetry_links: tuple[tuple[str, str], ...] = ()
    telemetry_left: bool = False
    files: tuple[Entry, ...]
    files_at: str = ""
    files_left: bool = False
    files_missing: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all that it holds, before compression."""
        return (self.ledger.size if self.ledger else 0) + sum(each.size for each in (*self.telemetry, *self.files))

    @property
    def pieces(self) -> tuple[tuple[str, int], ...]:
        """Every chunk (name, size) it needs, each once."""
        found = dict(self.ledger.chunks) if self.ledger else {}
        for entry in (*self.telemetry, *self.files):
            found.update(entry.chunks)
        return tuple(found.items())


def packed(manifest: Manifest) -> bytes:
    """As JSON."""
    return msgspec.json.encode(manifest)


def unpacked(text: bytes) -> Manifest:
    """The manifest of `text`. Raises RecoveryRefused when a newer Steward wrote it in another form."""
    try:
        if msgspec.json.decode(text)["format"] > FORMAT:
            raise RecoveryRefused("a newer Steward made this backup: install that one, or take an older backup.")
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.DecodeError, KeyError, TypeError):
        raise RecoveryRefused("the manifest of this backup can't be read: take another backup.") from None
