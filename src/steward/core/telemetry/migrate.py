# SPDX-License-Identifier: Apache-2.0
"""Numbered migrations of the telemetry tables: `migrations/0001_what.sql`, each run once, in order.

The engine has no transactions for tables, so every statement must bear to be run again (IF NOT EXISTS and the like): a
migration that was cut off begins anew.
"""

import hashlib
import re
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from steward.core.telemetry.connection import Place, find_place, forget_client, open_client, translated
from steward.core.telemetry.identifiers import composed
from steward.core.telemetry.named_sql import own_statements

FOLDER: Final = Path(__file__).with_name("migrations")
_FILE: Final = re.compile(r"(?P<number>[0-9]{4})_(?P<name>[a-z0-9_]+)\.sql")
_COMMENT: Final = re.compile(r"^\s*--[^\n]*\n", re.MULTILINE)


class NewerTelemetry(RuntimeError):
    """The telemetry database was written by a newer Steward; this one won't touch it."""


class ChangedMigration(RuntimeError):
    """A migration that was run already reads differently now."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of statements."""

    number: int
    name: str
    statements: tuple[str, ...]
    checksum: str


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """The migrations in their order. Raises ValueError for a stray name, a gap or a number that comes twice."""
    found = []
    for file in sorted(folder.glob("*.sql")):
        parts = _FILE.fullmatch(file.name)
        if parts is None:
            raise ValueError(f"{file.name}: a migration is called 0001_what_it_does.sql")
        statements = split_statements(file.read_text(encoding="utf-8"))
        checksum = hashlib.sha256("\n;\n".join(statements).encode()).hexdigest()[:16]  # comments may be bettered
        found.append(Migration(int(parts["number"]), parts["name"], statements, checksum))
    if [each.number for each in found] != list(range(1, len(found) + 1)):
        raise ValueError("telemetry migrations must be numbered 1, 2, 3 … without a gap")
    return found


def split_statements(text: str) -> tuple[str, ...]:
    """Statements end with a semicolon at the end of a line; comment lines are dropped."""
    bare = _COMMENT.sub("", text + "\n")
    return tuple(part.strip() for part in re.split(r";[ \t]*(?:\n|\Z)", bare) if part.strip())


def migrate_telemetry(place: Place | None = None, *, folder: Path = FOLDER) -> list[str]:
    """Bring the telemetry database up to date; the names of the migrations that were run.

    Raises:
        NewerTelemetry: it has migrations that this version doesn't know.
        ChangedMigration: an applied file was changed since.
        TelemetryUnavailable: the store is down.
    """
    where = place or find_place()
    known = migrations(folder)
    with translated(), closing(open_client(where, database="")) as first:
        first.command(composed("CREATE DATABASE IF NOT EXISTS $name", name=where.database))
    sql = own_statements()
    with translated(), closing(open_client(where)) as client:
        client.command(sql["create_applied"].sql)
        applied = {int(number): str(checksum) for number, _, checksum in client.query(sql["applied"].sql).result_rows}
        _refuse_newer(applied, known)
        fresh = [each for each in known if each.number not in applied]
        for each in fresh:
            for statement in each.statements:
                client.command(statement)
            noted = {"number": each.number, "name": each.name, "checksum": each.checksum}
            client.command(sql["note_applied"].sql, parameters=noted)
    forget_client()
    return [f"{each.number:04}_{each.name}" for each in fresh]


def _refuse_newer(applied: dict[int, str], known: list[Migration]) -> None:
    by_number = {each.number: each for each in known}
    beyond = sorted(number for number in applied if number not in by_number)
    if beyond:
        raise NewerTelemetry(
            f"The telemetry database has migration {beyond[-1]:04}, this version knows {len(known):04}. Install the newer Steward."
        )
    for number, checksum in applied.items():
        if by_number[number].checksum != checksum:
            raise ChangedMigration(
                f"Telemetry migration {number:04}_{by_number[number].name} was changed after it had been run."
            )
