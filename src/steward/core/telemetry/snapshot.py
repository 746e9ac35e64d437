# SPDX-License-Identifier: Apache-2.0
"""The telemetry as it is at this moment, held still for a backup: hard links beside the parts, which are never changed.

Milliseconds lie between the tables. Their order is chosen so that what is read later never lacks what was written earlier: the
note that an hour was counted goes first, samples before the marks and the series that they refer to.
"""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from steward.core.telemetry.connection import connect, translated
from steward.core.telemetry.identifiers import composed
from steward.core.telemetry.named_sql import own_statements

ORDER: Final = ("rolled_hours", "samples_1h", "samples_5m", "samples", "late_hours", "series")
PREFIX: Final = "backup"
VERSION_FILE: Final = "format_version.txt"


@dataclass(frozen=True, slots=True)
class FrozenStore:
    """`parts` mirrors the store's own folder and holds the parts alone; `beside` are small files below `store` that belong to
    them, as paths within it; `links` are its links (path, target)."""

    store: Path
    parts: Path
    beside: tuple[str, ...]
    links: tuple[tuple[str, str], ...]


@contextmanager
def frozen_telemetry(store: Path) -> Iterator[FrozenStore]:
    """Hold the embedded store's tables still for the length of the block; inserts and reads go on.

    `store` is its folder. Raises TelemetryUnavailable.
    """
    name = f"{PREFIX}{secrets.token_hex(8)}"
    parts = store / "shadow" / name
    clear_frozen(store)
    try:
        with translated():
            client = connect()
            tables = client.query(own_statements()["tables_to_freeze"].sql).result_rows
            for table, _, _ in sorted(tables, key=lambda row: _place(row[0])):
                client.command(composed("ALTER TABLE $table FREEZE WITH NAME", table=table) + f" '{name}'")
        yield FrozenStore(store, parts, tuple(_beside(store, tables)), tuple(_links(store)))
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def clear_frozen(store: Path) -> None:
    """Delete what a killed backup held."""
    for left in (store / "shadow").glob(f"{PREFIX}*"):
        shutil.rmtree(left, ignore_errors=True)


def _place(table: str) -> int:
    # A table that this list does not know goes between the counts and what is referred to.
    return ORDER.index(table) if table in ORDER else ORDER.index("samples")


def _beside(store: Path, tables: Sequence[Sequence[Any]]) -> Iterator[str]:
    folders = {Path(metadata).parent for _, metadata, _ in tables}
    for folder in sorted(folders):
        yield from (str(each.relative_to(store)) for each in sorted((store / folder).glob("*.sql")))
    yield from (str(each.relative_to(store)) for each in sorted((store / "metadata").glob("*.sql")))
    for _, _, data in tables:
        found = Path(data) / VERSION_FILE
        if found.is_file() and found.is_relative_to(store):
            yield str(found.relative_to(store))


def _links(store: Path) -> Iterator[tuple[str, str]]:
    for each in sorted((store / "metadata").iterdir()):
        if each.is_symlink():
            yield str(each.relative_to(store)), str(each.readlink())
