# SPDX-License-Identifier: Apache-2.0
"""A note beside the data of the last backup that was made, for `steward doctor`, which works without the ledger."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from steward.core.recovery.manifest import Manifest
from steward.settings.env import Settings

FILE: Final = "last-backup.json"


@dataclass(frozen=True, slots=True)
class LastMade:
    """The last backup: its instant (UTC), where it lies, and in how many minutes the next was due (0: nobody said)."""

    at: datetime
    destination: Path
    every_minutes: int


def note_made(settings: Settings, manifest: Manifest, destination: Path, *, every_minutes: int) -> None:
    """Write the note."""
    draft = settings.data_dir / f".{FILE}.draft"
    what = {"at": manifest.at.isoformat(), "destination": str(destination), "every_minutes": every_minutes}
    draft.write_text(json.dumps(what) + "\n", encoding="utf-8")
    draft.replace(settings.data_dir / FILE)


def last_made(settings: Settings) -> LastMade | None:
    """What the note says; None without one."""
    try:
        found = json.loads((settings.data_dir / FILE).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(found["at"]).astimezone(UTC)
        return LastMade(at, Path(found["destination"]), int(found["every_minutes"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
