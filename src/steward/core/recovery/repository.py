# SPDX-License-Identifier: Apache-2.0
"""A directory of backups: sealed chunks, each stored once however many backups have it, and one manifest a backup.

STEWARD-BACKUPS        what this directory is, and whether a key is the one that belongs to it
chunks/ab/ab12…        sealed chunks by their keyed hash
made/<name>            sealed manifests
unfinished             what an interrupted backup had stored, so that the next one goes on from there
lock                   held by whoever writes
"""

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steward.core.recovery.manifest import Manifest, packed, unpacked
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.sealing import BackupKey, Damaged, WrongKey

HEAD: Final = "STEWARD-BACKUPS"
FORMAT: Final = 1
LEAST_FREE: Final = 64 * 1024**2  # bytes that are left on the disk of backups, whatever else lies there
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_INSTALLATION: Final = re.compile(r"[0-9a-f]{16}")
_CHUNK: Final = re.compile(r"[0-9a-f]{64}")
_PROOF: Final = b"these keys belong to these backups"


class Repository:
    """The backups below `root`, opened with the key that belongs to them. Every call may raise RecoveryRefused."""

    def __init__(self, root: Path, key: BackupKey, installation: str) -> None:
        self.root = root
        self.key = key
        self.installation = installation

    def names(self) -> list[str]:
        """The finished backups, oldest first."""
        return sorted(each.name for each in (self.root / "made").glob("[0-9]*"))

    def manifest(self, name: str) -> Manifest:
        """What the backup `name` consists of."""
        try:
            stored = (self.root / "made" / name).read_bytes()
        except OSError:
            raise RecoveryRefused(f"there is no backup {name} in {self.root}.") from None
        return unpacked(self.key.open(name, stored))

    def newest(self) -> Manifest | None:
        """The newest finished backup."""
        names = self.names()
        return self.manifest(names[-1]) if names else None

    def unfinished(self) -> Manifest | None:
        """What an interrupted backup had stored; None when there is none, or when it can't be read."""
        try:
            return unpacked(self.key.open("unfinished", (self.root / "unfinished").read_bytes()))
        except (OSError, RecoveryRefused):
            return None

    def present(self) -> set[str]:
        """The names of all stored chunks."""
        folders = [each for each in (self.root / "chunks").iterdir() if each.is_dir()]
        # What somebody else laid between them is theirs, and nobody's chunk.
        return {
            entry.name
            for folder in folders
            for entry in os.scandir(folder)
            if _CHUNK.fullmatch(entry.name) and entry.name[:2] == folder.name and entry.is_file(follow_symlinks=False)
        }

    def put(self, plain: bytes) -> tuple[str, int]:
        """Store a chunk that may be there already. Returns its name, and how many bytes were written for it."""
        name = self.key.name_of(plain)
        path = self._chunk(name)
        if path.exists():
            return name, 0
        sealed = self.key.seal_chunk(name, plain)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._write(path, sealed)
        return name, len(sealed)

    def get(self, name: str) -> bytes:
        """The content of a chunk, checked against its name. Raises Damaged."""
        try:
            return self.key.open_chunk(name, self._chunk(name).read_bytes())
        except OSError as error:
            raise Damaged(f"the chunk {name} can't be read ({error.strerror}): take another backup.") from None

    def set_aside(self, name: str) -> None:
        """Take a damaged chunk out of the way, so that it counts as missing."""
        self._chunk(name).unlink(missing_ok=True)

    def note_unfinished(self, manifest: Manifest) -> None:
        """Remember what is stored so far."""
        self._write(self.root / "unfinished", self.key.seal("unfinished", packed(manifest)))

    def finish(self, manifest: Manifest) -> None:
        """Make it a backup: from now on it counts."""
        _sync(self.root / "chunks")
        self._write(self.root / "made" / manifest.name, self.key.seal(manifest.name, packed(manifest)))
        _sync(self.root / "made")
        (self.root / "unfinished").unlink(missing_ok=True)

    def forget(self, names: set[str]) -> int:
        """Delete backups, and the chunks that no other one needs. Returns how many bytes came free. Needs `locked`."""
        for name in names:
            (self.root / "made" / name).unlink(missing_ok=True)
        needed = {piece for name in self.names() for piece, _ in self.manifest(name).pieces}
        if (unfinished := self.unfinished()) is not None:
            needed |= {piece for piece, _ in unfinished.pieces}
        freed = 0
        for piece in self.present() - needed:
            path = self._chunk(piece)
            freed += path.stat().st_size
            path.unlink()
        return freed

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone among those who write. Raises RecoveryRefused at once when somebody else does."""
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise RecoveryRefused(f"another backup is being made in {self.root}: wait until it has ended.") from None
        try:
            self._clear_drafts()
            yield
        finally:
            os.close(descriptor)

    def _clear_drafts(self) -> None:
        for draft in self.root.glob("**/.draft-*"):
            draft.unlink(missing_ok=True)

    def _chunk(self, name: str) -> Path:
        return self.root / "chunks" / name[:2] / name

    def _write(self, path: Path, content: bytes) -> None:
        if shutil.disk_usage(self.root).free < LEAST_FREE + len(content):
            raise _no_room(self.root)
        draft = path.with_name(f".draft-{os.getpid()}-{secrets.token_hex(4)}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as handle:
                handle.write(content)
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(path)
        except OSError as error:
            draft.unlink(missing_ok=True)
            if error.errno in _FULL:
                raise _no_room(self.root) from None
            raise RecoveryRefused(
                f"{self.root} can't be written ({error.strerror}): correct its owner, or choose another."
            ) from None


def open_repository(root: Path, key: BackupKey, *, make: bool) -> Repository:
    """The backups below `root`; with `make` the directory is prepared when it holds nothing.

    Raises WrongKey when they belong to other keys, RecoveryRefused when this is no such directory, or a newer one.
    """
    if make and not (root / HEAD).exists():
        _prepare(root, key)
    try:
        head = json.loads((root / HEAD).read_text(encoding="utf-8"))
        newer = head["format"] > FORMAT
        proof = b"" if newer else bytes.fromhex(head["proof"])
        # It stands there in the open, and names a file that is written.
        if not newer and not _INSTALLATION.fullmatch(head["installation"]):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError):
        raise RecoveryRefused(
            f"{root} holds no backups of Steward: give the directory that has {HEAD} in it."
        ) from None
    if newer:
        raise RecoveryRefused(f"a newer Steward wrote {root}: install that one.")
    try:
        key.open(HEAD, proof)
    except WrongKey:
        raise WrongKey(f"{root} holds backups of other keys: give theirs, or choose another directory.") from None
    return Repository(root, key, head["installation"])


def is_being_written(root: Path) -> bool:
    """Whether somebody makes a backup in `root` at this moment."""
    try:
        descriptor = os.open(root / "lock", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _prepare(root: Path, key: BackupKey) -> None:
    try:
        for folder in (root, root / "chunks", root / "made"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        head = {"format": FORMAT, "installation": secrets.token_hex(8), "proof": key.seal(HEAD, _PROOF).hex()}
        draft = root / f".{HEAD}.draft"
        draft.write_text(json.dumps(head, indent=1) + "\n", encoding="utf-8")
        draft.replace(root / HEAD)
    except OSError as error:
        raise RecoveryRefused(
            f"{root} can't be used for backups ({error.strerror}): correct its owner, mount it, or choose another."
        ) from None


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _no_room(root: Path) -> RecoveryRefused:
    free = shutil.disk_usage(root).free // 1024**2
    return RecoveryRefused(
        f"there is no room for a backup at {root} ({free} MB are free): free some, keep backups for a shorter time, or "
        "choose a larger disk. What is stored already is used by the next one."
    )
