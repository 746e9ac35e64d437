# SPDX-License-Identifier: Apache-2.0
"""`VERSION` in the data directory: what last wrote there. A newer one is refused, an older one is upgraded."""

import hashlib
import os
import re
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from steward import __version__
from steward.cli.refusal import Refusal
from steward.settings.ledger import postgres_version

FILE = "VERSION"
PACKAGE = Path(__file__).resolve().parents[1]
SCHEMA_SOURCES = ("**/migrations/*.py", "**/migrations/*.sql", "core/telemetry/**/*.sql", "**/telemetry/*.sql")


@dataclass(frozen=True, slots=True)
class DataVersion:
    """Versions of the product, PostgreSQL and chDB; the schema's fingerprint; whether the first start was finished."""

    steward: str
    postgresql: str
    chdb: str
    schema: str = ""
    begun: str = ""

    def text(self) -> str:
        """One `name value` pair a line, for people and for shell scripts."""
        return "".join(f"{name} {value}\n" for name, value in asdict(self).items() if value)


def this_version() -> DataVersion:
    """What these programs would write."""
    return DataVersion(__version__, postgres_version(), version("chdb"), _fingerprint())


def _fingerprint() -> str:
    """Changes with any migration, of the ledger or of the telemetry, ours or that of a library."""
    digest = hashlib.sha256()
    for path in sorted({found for pattern in SCHEMA_SOURCES for found in PACKAGE.glob(pattern)}):
        digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0" + path.read_bytes())
    for library in ("django", "django-allauth", "procrastinate", "django-pghistory"):
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()[:16]


def read(data_dir: Path) -> DataVersion | None:
    """What wrote there last; None for a fresh directory. Raises Refusal when the file can't be understood."""
    path = data_dir / FILE
    try:
        found = parse(path.read_text(encoding="utf-8"))
        if found is None:
            raise ValueError("nothing is in it")
        return found
    except FileNotFoundError:
        return None
    except ValueError:
        raise Refusal(f"{path} is damaged: restore it from a backup of the data directory.") from None


def parse(text: str) -> DataVersion | None:
    """What `text`, as `DataVersion.text` writes it, says; None for an empty one. Raises ValueError."""
    if not text:
        return None
    pairs = dict(line.split(" ", 1) for line in text.splitlines() if line.strip())
    known = {name: pairs.get(name, "") for name in DataVersion.__slots__}
    if not all(known[name] for name in ("steward", "postgresql", "chdb")):
        raise ValueError("a version is missing")
    return DataVersion(**known)


def write(data_dir: Path, what: DataVersion) -> None:
    """Replace the file as a whole, on disk before this returns."""
    draft = data_dir / f".{FILE}.draft"
    with draft.open("w", encoding="utf-8") as handle:
        handle.write(what.text())
        handle.flush()
        os.fsync(handle.fileno())
    draft.replace(data_dir / FILE)


def refuse_newer(found: DataVersion, ours: DataVersion, data_dir: Path) -> None:
    """Raise Refusal when any part of the data was written by something newer than what is installed."""
    for name, label in (("steward", "Steward"), ("postgresql", "PostgreSQL"), ("chdb", "chDB")):
        theirs, mine = getattr(found, name), getattr(ours, name)
        if _order(theirs) > _order(mine):
            raise Refusal(
                f"{data_dir} was written by {label} {theirs}, and this is {label} {mine}: install Steward "
                f"{found.steward} or newer, or restore a backup made by this version."
            )
    if _order(found.postgresql)[:1] != _order(ours.postgresql)[:1]:
        raise Refusal(
            f"{data_dir} holds PostgreSQL {found.postgresql} and this is {ours.postgresql}: dump it with the version "
            "that wrote it (`steward backup`) and restore into a fresh data directory."
        )


def _order(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))
