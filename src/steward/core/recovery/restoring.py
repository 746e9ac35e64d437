# SPDX-License-Identifier: Apache-2.0
"""A backup put back into a data directory that holds nothing yet. Killed at any point, the next run goes on from there."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward.core.recovery.keys_apart import write_secrets
from steward.core.recovery.ledger_back import place_of, put_ledger, refuse_taken, server_elsewhere
from steward.core.recovery.manifest import Entry, Manifest
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository
from steward.core.recovery.sealing import Damaged
from steward.core.recovery.taking import Taken
from steward.settings.env import Settings
from steward.settings.ledger import Server

MARK: Final = "restoring"
RESTORED: Final = "restored"  # which backup it was, until the first start has seen it
VERSION: Final = "VERSION"
SPARE: Final = 256 * 1024**2  # bytes: what the ledger's log takes meanwhile
BEGUN: Final = "ledger begun in"
_HOLDS_DATA: Final = (VERSION, "postgres-18", "store", "files")


@dataclass(slots=True)
class Progress:
    """What a restore has done, in the file `restoring`: which backup it is of, and the paths and parts that are finished."""

    path: Path
    backup: str
    done: set[str]

    def add(self, what: str) -> None:
        """Remember that `what` is finished and on the disk."""
        with self.path.open("a", encoding="utf-8") as handle:
            handle.write(json.dumps(what) + "\n")
            handle.flush()
            os.fsync(handle.fileno())
        self.done.add(what)


def restore(
    settings: Settings, repository: Repository, manifest: Manifest, keys: dict[str, str], *, taken: Taken | None = None
) -> None:
    """Put a backup into `settings.data_dir`: the keys, the telemetry, the files, the ledger last, in one transaction, into the
    embedded database or the server elsewhere that the settings name.

    `keys` are the secrets by their file names. `taken.say` is called as it goes on. Raises RecoveryRefused when the directory
    or that server's database holds other data, when there is no room, when something is not what was backed up, and when the
    backup has no ledger and no server elsewhere has it.
    """
    if manifest.ledger is None and settings.database_url is None:
        raise RecoveryRefused(
            f"{manifest.name} holds no ledger: restore that on its own server, and set STEWARD_DATABASE_URL to it."
        )
    server = server_elsewhere(settings) if manifest.ledger is not None else None
    counted = taken or Taken()
    counted.total = manifest.size
    with repository.locked():
        progress = _begun(settings.data_dir, manifest)
        _check_room(settings.data_dir, manifest, progress, server)
        begun = f"{BEGUN} {place_of(server)}"
        if server is not None and not progress.done & {begun, "ledger"}:
            refuse_taken(server)
        write_secrets(settings.secrets_dir, keys)
        _put_trees(settings.data_dir, repository, manifest, progress, counted)
        if manifest.ledger is not None and "ledger" not in progress.done:
            # From here on what lies in that database is ours, however this ends.
            progress.add(begun)
            put_ledger(settings, server, repository, manifest.ledger, add=counted.add)
            progress.add("ledger")
        said = {"backup": manifest.name, "at": manifest.at.isoformat()}
        _write(settings.data_dir / RESTORED, json.dumps(said).encode())
        _write(settings.data_dir / VERSION, manifest.version.encode())
        progress.path.unlink()


def _begun(data_dir: Path, manifest: Manifest) -> Progress:
    path = data_dir / MARK
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        known = [_line(line) for line in lines]
        if not known or known[0] != manifest.name:
            raise RecoveryRefused(
                f"a restore of {known[0] if known else 'an older kind'} into {data_dir} was interrupted: restore that one again, "
                "or delete the directory."
            )
        return Progress(path, manifest.name, {each for each in known[1:] if each})
    if any((data_dir / name).exists() and _holds(data_dir / name) for name in _HOLDS_DATA):
        raise RecoveryRefused(f"{data_dir} holds data already: set STEWARD_DATA_DIR to a fresh directory.")
    data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    progress = Progress(path, manifest.name, set())
    progress.add(manifest.name)
    return progress


def _line(line: str) -> str:
    try:
        return str(json.loads(line))
    except ValueError:
        return ""  # cut off while it was written: that piece is done again


def _holds(path: Path) -> bool:
    return not path.is_dir() or any(path.iterdir())


def _check_room(data_dir: Path, manifest: Manifest, progress: Progress, server: Server | None) -> None:
    left = sum(each.size for each in (*manifest.telemetry, *manifest.files) if _mark(each) not in progress.done)
    # The dump lies there once, and once more as tables with their indexes unless those lie elsewhere.
    times = 3 if server is None else 1
    ledger = times * manifest.ledger.size if manifest.ledger and "ledger" not in progress.done else 0
    needed = left + ledger + SPARE
    free = shutil.disk_usage(data_dir).free
    if free < needed:
        raise RecoveryRefused(
            f"{needed // 1024**2} MB are needed at {data_dir} and {free // 1024**2} MB are free: free some, or set STEWARD_DATA_DIR "
            "to a larger disk."
        )


def _put_trees(data_dir: Path, repository: Repository, manifest: Manifest, progress: Progress, counted: Taken) -> None:
    for entry in (*manifest.telemetry, *manifest.files):
        if _mark(entry) not in progress.done:
            _put_entry(data_dir, repository, entry)
            progress.add(_mark(entry))
        counted.add(entry.size)
    for path, target in manifest.telemetry_links:
        link = _inside(data_dir, f"store/{path}")
        link.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _inside(data_dir, str(link.parent.relative_to(data_dir) / target))
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _put_entry(data_dir: Path, repository: Repository, entry: Entry) -> None:
    folder = _inside(data_dir, entry.path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    pieces = _Pieces(repository.get(name) for name, _ in entry.chunks)
    for name, size in entry.members:
        target = _inside(folder, name)
        with target.open("wb") as handle:
            target.chmod(0o600)
            for piece in pieces.next(size):
                handle.write(piece)
            handle.flush()
            os.fsync(handle.fileno())


class _Pieces:
    """A stream of pieces, taken in the sizes that somebody wants."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._held = b""

    def next(self, size: int) -> Iterator[bytes]:
        """The next `size` bytes. Raises Damaged when the stream ends before."""
        while size:
            if not self._held:
                self._held = next(self._pieces, b"")
            if not self._held:
                raise Damaged("the backup ends before its files do: take another backup.")
            piece, self._held = self._held[:size], self._held[size:]
            size -= len(piece)
            yield piece


def _inside(folder: Path, path: str) -> Path:
    """`path` below `folder`. Raises Damaged for one that leads out of it: what is read is not believed, though it was sealed by us."""
    found = Path(os.path.normpath(folder / path))
    if not found.is_relative_to(folder):
        raise Damaged(f"{path} leads out of the data directory: take another backup.")
    return found


def _mark(entry: Entry) -> str:
    return f"{entry.path} {entry.stamp}"


def _write(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
