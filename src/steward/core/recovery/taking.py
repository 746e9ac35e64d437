# SPDX-License-Identifier: Apache-2.0
"""Making a backup: the telemetry held still, then the ledger at one instant, then each file that the ledger refers to.

In this order because a series in the telemetry must be known to the ledger, or its number would be given away again; and because a
file's content is in its place before its row is."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from steward.core.recovery.cutting import chunks_of
from steward.core.recovery.ledger_dump import LedgerAccess, Snapshot, entries_of, snapshot
from steward.core.recovery.manifest import Dump, Entry, Manifest
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository
from steward.core.recovery.trees import READ, Folder

NOTED_EVERY: Final = 20.0  # seconds after which an interrupted backup may have to store again
HEAD_CHUNKS: Final = 16  # of a dump, which hold its table of contents
Contents = Callable[[str], BinaryIO]
Wanted = tuple[int, str, int]  # client, sha256, size


@dataclass(frozen=True, slots=True)
class Stilled:
    """The telemetry held still: its folders, and links (path, target) that come back with them."""

    folders: tuple[Folder, ...]
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Sources:
    """What there is to back up. None: that part is left out.

    `version` is the text of the data directory's VERSION. `contents` opens a content "client/ab/sha256", raising FileNotFoundError;
    `every` names all that are kept, for when no ledger says which.
    """

    version: str
    ledger: LedgerAccess | None
    telemetry: Callable[[], AbstractContextManager[Stilled]] | None
    contents: Contents | None
    every: Callable[[], Iterable[Wanted]]
    files_at: str = ""


@dataclass(slots=True)
class Taken:
    """How far a backup is, in bytes of what is backed up. `stored` are bytes newly written."""

    total: int = 0
    done: int = 0
    stored: int = 0
    say: Callable[["Taken"], None] = field(default=lambda _: None)

    def add(self, size: int, stored: int = 0) -> None:
        """Count on, and say so."""
        self.done += size
        self.stored += stored
        self.say(self)


def take(repository: Repository, sources: Sources, *, reason: str, taken: Taken | None = None) -> Manifest:
    """Make one backup and return its manifest. What an interrupted one had stored is not stored again.

    `taken.say` is called as it goes on; what it raises stops the backup, and the next one goes on from there.
    Raises RecoveryRefused.
    """
    with repository.locked():
        taking = _Taking(repository, taken or Taken())
        try:
            return taking.run(sources, reason)
        except BaseException:
            with suppress(RecoveryRefused):
                taking.note()
            raise


class _Taking:
    """One backup under way."""

    def __init__(self, repository: Repository, taken: Taken) -> None:
        self._repository = repository
        self._taken = taken
        self._known = _known(repository)
        self._entries: list[Entry] = []
        self._noted_at = time.monotonic()

    def run(self, sources: Sources, reason: str) -> Manifest:
        if sources.telemetry is None:
            return self._finish(sources, reason, None)
        with sources.telemetry() as stilled:
            self._taken.total += sum(each.size for each in stilled.folders)
            return self._finish(sources, reason, stilled)

    def _finish(self, sources: Sources, reason: str, stilled: Stilled | None) -> Manifest:
        at, dump = datetime.now(UTC), None
        files: list[Entry] = []
        missing: list[str] = []
        if sources.ledger is not None:
            with snapshot(sources.ledger) as held:
                at = held.at
                wanted = held.file_keys() if sources.contents else []
                self._taken.total += held.size + sum(size for _, _, size in wanted)
                dump = self._dump(sources.ledger, held)
                held.let_go()
                files, missing = self._files(wanted, sources.contents)
        elif sources.contents is not None:
            wanted = list(sources.every())
            self._taken.total += sum(size for _, _, size in wanted)
            files, missing = self._files(wanted, sources.contents)
        telemetry = [self._entry(folder, folder.stream) for folder in stilled.folders] if stilled else []
        made_at = datetime.now(UTC)
        manifest = Manifest(
            name=f"{made_at:%Y%m%dT%H%M%S.%fZ}-{reason}",
            reason=reason,
            at=at.astimezone(UTC),
            made_at=made_at,
            version=sources.version,
            ledger=dump,
            telemetry=tuple(telemetry),
            telemetry_links=stilled.links if stilled else (),
            telemetry_left=stilled is None,
            files=tuple(files),
            files_at=sources.files_at,
            files_left=sources.contents is None,
            files_missing=tuple(missing),
        )
        self._repository.finish(manifest)
        return manifest

    def _dump(self, access: LedgerAccess, held: Snapshot) -> Dump:
        digest, size, left = hashlib.sha256(), 0, held.size
        pieces: list[tuple[str, int]] = []
        for chunk in chunks_of(held.dump()):
            digest.update(chunk)
            size += len(chunk)
            name, stored = self._repository.put(chunk)
            pieces.append((name, len(chunk)))
            counted = min(len(chunk), left)
            left -= counted
            self._taken.add(counted, stored)
        self._taken.add(left)  # a dump is smaller than what it is of
        entries = entries_of(access, [self._repository.get(name) for name, _ in pieces[:HEAD_CHUNKS]])
        return Dump(size, digest.hexdigest(), entries, tuple(pieces))

    def _files(self, wanted: Iterable[Wanted], contents: Contents | None) -> tuple[list[Entry], list[str]]:
        found: list[Entry] = []
        missing: list[str] = []
        for client, sha256, size in wanted:
            assert contents is not None
            key = f"{client}/{sha256[:2]}/{sha256}"
            # Its name says what it is, so it need not be looked at to be known.
            folder = Folder(f"files/{client}/{sha256[:2]}", Path(), ((sha256, size),), sha256)
            try:
                found.append(self._entry(folder, partial(_checked, contents, key, sha256)))
            except (FileNotFoundError, ValueError):
                missing.append(key)
        return found, missing

    def _entry(self, folder: Folder, stream: Callable[[], Iterator[bytes]]) -> Entry:
        known = self._known.get((folder.path, folder.stamp))
        if known is not None:
            self._entries.append(known)
            self._taken.add(folder.size)
            return known
        pieces = []
        for chunk in chunks_of(stream()):
            name, stored = self._repository.put(chunk)
            pieces.append((name, len(chunk)))
            self._taken.add(len(chunk), stored)
        made = Entry(folder.path, folder.members, folder.stamp, tuple(pieces))
        self._entries.append(made)
        if time.monotonic() - self._noted_at > NOTED_EVERY:
            self.note()
        return made

    def note(self) -> None:
        """Remember what is stored so far, for the next backup when this one is interrupted."""
        now = datetime.now(UTC)
        self._repository.note_unfinished(
            Manifest(name="unfinished", reason="unfinished", at=now, made_at=now, version="", ledger=None,
                     telemetry=(), files=tuple(self._entries))
        )  # fmt: skip
        self._noted_at = time.monotonic()


def _known(repository: Repository) -> dict[tuple[str, str], Entry]:
    """What is stored already, by path and stamp: such a folder need not be read. One that lost a chunk is read again."""
    present = repository.present()
    before = [each for each in (_newest(repository), repository.unfinished()) if each is not None]
    return {
        (entry.path, entry.stamp): entry
        for manifest in before
        for entry in (*manifest.telemetry, *manifest.files)
        if all(name in present for name, _ in entry.chunks)
    }


def _newest(repository: Repository) -> Manifest | None:
    try:
        return repository.newest()
    except RecoveryRefused:
        return None  # then everything is read again; verifying says what is wrong with it


def _checked(contents: Contents, key: str, sha256: str) -> Iterator[bytes]:
    """The content under `key`. Raises FileNotFoundError, and ValueError at its end when it is not what its name says."""
    digest = hashlib.sha256()
    with contents(key) as handle:
        while piece := handle.read(READ):
            digest.update(piece)
            yield piece
    if digest.hexdigest() != sha256:
        raise ValueError(sha256)
