# SPDX-License-Identifier: Apache-2.0
"""Row policies: what a scoped read sees, by table.

The engine knows one user. A setting that only the store can set says who asks: `all;` for the product's own work,
`clients=1,2;` for a read in a scope, `clients=*;` for one in a scope that has every client. Without it nothing is seen.
"""

from importlib.resources import files
from typing import Final

DATABASE: Final = "steward"
FULL: Final = "all;"
CLIENT_TABLES: Final = ("series", "samples", "samples_once", "samples_5m", "samples_1h", "late_hours")
INNER_TABLES: Final = ("rolled_hours", "schema_migrations")

_COMMENT: Final = "getSetting('log_comment')"
_IS_FULL: Final = f"startsWith({_COMMENT}, '{FULL}')"
_CLIENTS: Final = f"arrayMap(x -> toUInt32OrNull(x), splitByChar(',', extract({_COMMENT}, '^clients=([0-9,]+);')))"
FULL_ONLY: Final = _IS_FULL
BY_CLIENT: Final = f"{_IS_FULL} OR startsWith({_COMMENT}, 'clients=*;') OR has({_CLIENTS}, client)"


def system_tables() -> tuple[str, ...]:
    """Every table of the engine's own `system` database; a test compares the list with the engine."""
    return tuple((files(__package__) / "system_tables.txt").read_text(encoding="utf-8").split())


def row_policies() -> dict[str, dict[str, str]]:
    """Database to table to the condition under which a row is seen."""
    ours = dict.fromkeys(CLIENT_TABLES, BY_CLIENT) | dict.fromkeys(INNER_TABLES, FULL_ONLY)
    return {DATABASE: ours, "system": dict.fromkeys(system_tables(), FULL_ONLY)}


def full_comment(query_id: str) -> str:
    """The setting's value for the product's own work."""
    return f"{FULL}qid={query_id}" if query_id else FULL


def scoped_comment(clients: "tuple[int, ...] | None", query_id: str) -> str:
    """The setting's value for a read in the scope of `clients`; None stands for every client."""
    names = "*" if clients is None else ",".join(str(int(each)) for each in clients)
    return f"clients={names};qid={query_id}"
