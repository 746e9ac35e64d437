# SPDX-License-Identifier: Apache-2.0
"""The door for the processes that run before Django does: a backup before an upgrade, and a restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from steward.core.recovery.keys_apart import backup_key, find_keys, keep_keys, new_recovery_key, recovery_key_file
from steward.core.recovery.last_made import LastMade, last_made
from steward.core.recovery.ledger_dump import LedgerAccess, ledger_access
from steward.core.recovery.manifest import Manifest
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import HEAD, Repository, open_repository
from steward.core.recovery.restoring import MARK, RESTORED, VERSION, restore
from steward.core.recovery.sealing import KEY_WORD, BackupKey
from steward.core.recovery.taking import Contents, Sources, Stilled, Taken, Wanted, take
from steward.core.recovery.trees import NOT_KEPT, folders_below
from steward.core.recovery.verifying import verify
from steward.settings.env import Settings

BEFORE_UPGRADE: Final = "upgrade"


def default_destination(settings: Settings) -> Path:
    """Where backups go when nothing else is said, and always before an upgrade."""
    return settings.data_dir / "backups"


def default_keys_folder(settings: Settings) -> Path:
    """Where the file of keys goes when nothing else is said: not beside the data."""
    return settings.data_dir / "backup-keys"


def back_up_stopped(settings: Settings, *, with_ledger: bool, reason: str = BEFORE_UPGRADE) -> Manifest:
    """Back up while the telemetry store is stopped, into the default place. Contents in a bucket stay there.

    `with_ledger` False: a server elsewhere has its own backups. Raises RecoveryRefused.
    """
    destination = default_destination(settings)
    repository = open_repository(destination, backup_key(settings), make=True)
    keep_keys(settings, default_keys_folder(settings), installation=repository.installation)
    sources = Sources(
        version=version_text(settings),
        ledger=ledger_access(settings) if with_ledger else None,
        telemetry=None if settings.telemetry_url else lambda: _stopped_store(settings),
        contents=None if settings.files_url else on_disk(settings),
        every=lambda: _every_on_disk(settings),
        files_at=settings.files_url,
    )
    return take(repository, sources, reason=reason)


def version_text(settings: Settings) -> str:
    """What last wrote to the data directory, as its VERSION says; "" before the first start was finished."""
    path = settings.data_dir / VERSION
    return path.read_text(encoding="utf-8") if path.exists() else ""


def on_disk(settings: Settings) -> Contents:
    """Contents of files in the data directory."""
    return lambda key: (settings.files_dir / key).open("rb")


def _every_on_disk(settings: Settings) -> Iterator[Wanted]:
    for path in sorted(settings.files_dir.glob("[0-9]*/??/*")):
        yield int(path.parent.parent.name), path.name, path.stat().st_size


def newest_backup(settings: Settings) -> Manifest | None:
    """The newest backup in the default place; None when there is none, or none that opens."""
    try:
        return open_repository(default_destination(settings), backup_key(settings), make=False).newest()
    except RecoveryRefused:
        return None


@contextmanager
def _stopped_store(settings: Settings) -> Iterator[Stilled]:
    store = settings.data_dir / "store"
    links = [
        (str(each.relative_to(store)), str(each.readlink())) for each in store.glob("metadata/*") if each.is_symlink()
    ]
    yield Stilled(tuple(folders_below(store, "store", left_out=NOT_KEPT)), tuple(links))


__all__ = [
    "BEFORE_UPGRADE",
    "HEAD",
    "KEY_WORD",
    "MARK",
    "RESTORED",
    "BackupKey",
    "LastMade",
    "LedgerAccess",
    "Manifest",
    "RecoveryRefused",
    "Repository",
    "Taken",
    "back_up_stopped",
    "backup_key",
    "default_destination",
    "default_keys_folder",
    "find_keys",
    "keep_keys",
    "last_made",
    "new_recovery_key",
    "newest_backup",
    "on_disk",
    "open_repository",
    "recovery_key_file",
    "restore",
    "verify",
    "version_text",
]
