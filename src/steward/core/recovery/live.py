# SPDX-License-Identifier: Apache-2.0
"""A backup of a house that runs: what there is to back up, and where it goes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from steward.core.files.public import ContentsAway, kept_contents, open_content
from steward.core.recovery.keys_apart import backup_key, keep_keys
from steward.core.recovery.last_made import note_made
from steward.core.recovery.ledger_dump import ledger_access
from steward.core.recovery.manifest import Manifest
from steward.core.recovery.process import version_text
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository, open_repository
from steward.core.recovery.taking import Sources, Stilled, Taken, take
from steward.core.recovery.trees import folder_of, folders_below
from steward.core.telemetry.public import TelemetryUnavailable, frozen_telemetry
from steward.settings.env import Settings, get_settings
from steward.settings.ledger import LedgerError


def back_up(
    destination: Path, keys_folder: Path, *, reason: str, every_minutes: int, taken: Taken, with_ledger: bool = True
) -> Manifest:
    """Back up everything while it runs. The keys go first: data without them are of no use.

    Raises RecoveryRefused; what is stored by then is used by the next one.
    """
    settings = get_settings()
    repository = open_repository(destination, backup_key(settings), make=True)
    keep_keys(settings, keys_folder, installation=repository.installation)
    try:
        manifest = take(repository, _sources(settings, with_ledger=with_ledger), reason=reason, taken=taken)
    except LedgerError as error:
        raise RecoveryRefused(str(error)) from None
    except ContentsAway as error:
        raise RecoveryRefused(
            f"the bucket of files is away ({error}): look at `steward doctor`, then try again."
        ) from None
    except TelemetryUnavailable as error:
        raise RecoveryRefused(
            f"the telemetry can't be held still ({error}): look at `steward doctor`, then try again."
        ) from None
    note_made(settings, manifest, destination, every_minutes=every_minutes)
    return manifest


def opened(destination: Path) -> Repository:
    """The backups in `destination`. Raises RecoveryRefused."""
    return open_repository(destination, backup_key(get_settings()), make=False)


def _sources(settings: Settings, *, with_ledger: bool) -> Sources:
    store = settings.data_dir / "store"
    if not settings.telemetry_url and not store.is_dir():
        raise RecoveryRefused(f"{store} is not on this machine: run this where the telemetry store runs.")
    return Sources(
        version=version_text(settings),
        ledger=ledger_access(settings) if with_ledger else None,
        telemetry=None if settings.telemetry_url else partial(_stilled, store),
        contents=open_content,
        every=kept_contents,
        files_at=settings.files_url,
    )


@contextmanager
def _stilled(store: Path) -> Iterator[Stilled]:
    with frozen_telemetry(store) as frozen:
        beside: dict[str, list[str]] = {}
        for path in frozen.beside:
            beside.setdefault(str(Path(path).parent), []).append(Path(path).name)
        small = [folder_of(store / folder, f"store/{folder}", names) for folder, names in beside.items()]
        yield Stilled((*folders_below(frozen.parts, "store"), *small), frozen.links)
