# SPDX-License-Identifier: Apache-2.0
"""The installation's keys, in a file of their own and in a place of their own, sealed for a recovery key that is elsewhere."""

import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.sealing import BackupKey, keys_header, make_recovery_key, open_keys, seal_keys
from steward.settings.env import Settings
from steward.settings.secrets import secret

BACKUP_KEY: Final = "backup"
RECIPIENT: Final = "recovery-recipient"
HANDED_OVER: Final = "recovery-key"  # in the data directory, until somebody takes it away


@dataclass(frozen=True, slots=True)
class KeysFile:
    """The file of keys after a backup. `written` says whether it had to be written anew."""

    path: Path
    written: bool


def backup_key(settings: Settings) -> BackupKey:
    """What seals this installation's backups; made on first use."""
    return BackupKey.of(secret("backup", directory=settings.secrets_dir))


def recovery_key_file(settings: Settings) -> Path:
    """Where a new recovery key waits until somebody takes it away."""
    return settings.data_dir / HANDED_OVER


def ensure_recipient(settings: Settings) -> str:
    """The public half of the recovery key. The first time the pair is made, and its private half laid into `recovery_key_file`."""
    path = settings.secrets_dir / RECIPIENT
    if not path.exists():
        return new_recovery_key(settings)
    return path.read_text(encoding="utf-8").strip()


def new_recovery_key(settings: Settings) -> str:
    """Make a new recovery key; files of keys written from now on open with it alone. Returns the public half."""
    private, public = make_recovery_key()
    _write(recovery_key_file(settings), private + "\n")
    _write(settings.secrets_dir / RECIPIENT, public + "\n")
    return public


def keep_keys(settings: Settings, folder: Path, *, installation: str) -> KeysFile:
    """Bring the file of keys in `folder` up to date. Raises RecoveryRefused when it can't be written: a backup without is of no use."""
    recipient = ensure_recipient(settings)
    keys = read_secrets(settings.secrets_dir)
    text = json.dumps(keys, sort_keys=True) + recipient
    fingerprint = hmac.new(backup_key(settings).naming, text.encode(), hashlib.sha256).hexdigest()
    path = folder / f"steward-keys-{installation}.json"
    try:
        if path.exists() and keys_header(path.read_text(encoding="utf-8"))["fingerprint"] == fingerprint:
            return KeysFile(path, written=False)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, seal_keys(keys, recipient, installation=installation, fingerprint=fingerprint))
    except OSError as error:
        raise RecoveryRefused(
            f"the keys can't be written to {folder} ({error.strerror}): correct its owner, mount it, or choose another place for them."
        ) from None
    return KeysFile(path, written=True)


def find_keys(place: Path, recovery_key: str) -> dict[str, str]:
    """The keys at `place`: a file of keys, opened with the recovery key, or a `secrets` directory as it is.

    Raises RecoveryRefused, and WrongKey when the recovery key is another.
    """
    if place.is_dir():
        found = read_secrets(place)
    else:
        try:
            found = open_keys(place.read_text(encoding="utf-8"), recovery_key)
        except OSError as error:
            raise RecoveryRefused(f"{place} can't be read ({error.strerror}): give the file of keys.") from None
        except UnicodeDecodeError:
            raise RecoveryRefused(f"{place} is no text: give the file of keys.") from None
    if BACKUP_KEY not in found or "kek" not in found:
        raise RecoveryRefused(
            f"{place} lacks the keys `{BACKUP_KEY}` and `kek`: give the file of keys, or a whole secrets directory."
        )
    return found


def read_secrets(folder: Path) -> dict[str, str]:
    """The secrets of an installation by their file names."""
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in sorted(folder.iterdir())
        if path.is_file() and not path.name.startswith(".")
    }


def write_secrets(folder: Path, keys: dict[str, str]) -> None:
    """Lay `keys` into a `secrets` directory, closed to others. Raises RecoveryRefused for a name that is no plain name."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, content in keys.items():
        if name != Path(name).name or name.startswith("."):
            raise RecoveryRefused(f"the file of keys names {name!r}, which is no key of Steward.")
        _write(folder / name, content)


def _write(path: Path, content: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(path)
