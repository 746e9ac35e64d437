# SPDX-License-Identifier: Apache-2.0
"""SQL by name: the form of a `queries.sql`, and where the rooms keep theirs.

-- name: last_values
-- The newest value of each series of some assets.
SELECT …;
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from django.apps import apps

CLIENTS: Final = "{clients:Array(UInt32)}"
_NAME: Final = re.compile(r"^-- name:[ \t]*(?P<name>\S*)[ \t]*\n", re.MULTILINE)
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")
_PLACEHOLDER: Final = re.compile(r"\{[a-z_]\w*:[A-Z]")


class BadSQL(ValueError):
    """A `queries.sql` that can't be taken, or a query that may not run; the text names the file or the query."""


@dataclass(frozen=True, slots=True)
class NamedSQL:
    """A statement, its name and its one line of description."""

    name: str
    description: str
    sql: str

    @property
    def scoped(self) -> bool:
        """Whether it takes the clients of a scope."""
        return CLIENTS in self.sql


def parse(text: str, source: str) -> dict[str, NamedSQL]:
    """The statements of one file by name.

    Raises BadSQL for a name that is no identifier or comes twice, a missing description, an empty statement, and a
    telemetry statement (one with `{name:Type}`) that forgets the clients.
    """
    marks = list(_NAME.finditer(text))
    found: dict[str, NamedSQL] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        name = mark.group("name")
        if not _IDENTIFIER.fullmatch(name):
            raise BadSQL(f"{source}: {name!r} is no name; use small letters, digits and underscores")
        if name in found:
            raise BadSQL(f"{source}: {name} comes twice")
        found[name] = _statement(name, text[mark.end() : following.start() if following else len(text)], source)
    return found


def _statement(name: str, body: str, source: str) -> NamedSQL:
    first, _, rest = body.strip().partition("\n")
    description = first.removeprefix("--").strip()
    if not first.startswith("--") or not description:
        raise BadSQL(f"{source}: {name} needs one line that says what it answers, under its name")
    sql = rest.strip().removesuffix(";").strip()
    if not sql:
        raise BadSQL(f"{source}: {name} has no statement")
    return NamedSQL(name, description, sql)


def refuse_unscoped(statements: dict[str, NamedSQL], source: str) -> None:
    """Raises BadSQL for a telemetry statement that does not take the clients."""
    for each in statements.values():
        if _PLACEHOLDER.search(each.sql) and not each.scoped:
            raise BadSQL(f"{source}: {each.name} must be filtered by {CLIENTS}")


@lru_cache(maxsize=1)
def room_statements() -> dict[str, NamedSQL]:
    """Every statement of every room's `queries.sql`, as `room.name`."""
    found: dict[str, NamedSQL] = {}
    for config in apps.get_app_configs():
        file = Path(config.path) / "queries.sql"
        if not config.name.startswith("steward.") or not file.is_file():
            continue
        statements = parse(file.read_text(encoding="utf-8"), str(file))
        refuse_unscoped(statements, str(file))
        found |= {f"{config.label}.{name}": each for name, each in statements.items()}
    return found


def scoped_sql(name: str) -> str:
    """The telemetry statement called `room.name`. Raises BadSQL when there is none, or it forgets the clients."""
    found = room_statements().get(name)
    if found is None:
        raise BadSQL(f"no room's queries.sql has {name}")
    if not found.scoped:
        raise BadSQL(f"{name} must be filtered by {CLIENTS}")
    return found.sql


@lru_cache(maxsize=1)
def own_statements() -> dict[str, NamedSQL]:
    """This room's own upkeep, which no scope limits."""
    file = Path(__file__).with_name("upkeep.sql")
    return parse(file.read_text(encoding="utf-8"), str(file))
