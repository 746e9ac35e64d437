# SPDX-License-Identifier: Apache-2.0
"""Reading: named SQL in the scope of who asks, and the scope's clients behind it once more, in the store."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from steward.core.telemetry.connection import TelemetryUnavailable, connect, forget_client, translated
from steward.core.telemetry.named_sql import own_statements, scoped_sql
from steward.core.telemetry.store.call import CLIENTS_HEADER
from steward.core.tenancy.public import ALL, Client, Scope, current_scope

SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Result:
    """The answer's columns as numpy arrays, in order. Times are datetime64 in UTC; text columns hold objects."""

    columns: dict[str, NDArray[Any]]
    rows: int

    def __getitem__(self, name: str) -> NDArray[Any]:
        """One column. Empty for every name when the answer has no rows: then the engine names no columns either."""
        if not self.rows:
            return np.empty(0)
        return self.columns[name]

    def __len__(self) -> int:
        return self.rows

    def dicts(self) -> Iterator[dict[str, Any]]:
        """The rows as dictionaries of Python values."""
        names = list(self.columns)
        for row in zip(*(column.tolist() for column in self.columns.values()), strict=True):
            yield dict(zip(names, row, strict=True))


def query(name: str, /, *, seconds: int = SECONDS, **params: Any) -> Result:
    """Run the telemetry statement `room.name` in the current scope.

    The statement takes `{clients:Array(UInt32)}` from the scope, and the store lets it see the rows of those clients
    only, whatever it says.

    Args:
        name: `<room>.<name>` of a room's `queries.sql`.
        seconds: after which it is given up.
        params: the statement's other parameters: numbers, text, lists of them, aware datetimes.

    Raises:
        NoScope: outside a scope.
        BadSQL: no such statement, or one that forgets the clients.
        TelemetryUnavailable, TelemetrySlow, TelemetryError: as they say.
    """
    sql = scoped_sql(name)
    if "clients" in params:
        raise TypeError("clients come from the scope")
    scope = current_scope()
    headers = {CLIENTS_HEADER: "*" if scope.clients is ALL else ",".join(str(each) for each in sorted(scope.clients))}
    return _run(sql, {**params, "clients": client_ids(scope)}, seconds, headers)


def client_ids(scope: Scope) -> list[int]:
    """The clients of a scope by number; for every client, those there are now."""
    if scope.clients is ALL:
        return list(Client.objects.order_by("id").values_list("id", flat=True))
    return sorted(scope.clients)


def upkeep(name: str, /, *, seconds: int = 60, settings: dict[str, Any] | None = None, **params: Any) -> Result:
    """Run a statement of this room's own upkeep, over all clients. Raises as `query` does."""
    return _run(own_statements()[name].sql, params, seconds, {}, settings)


def _run(
    sql: str, params: dict[str, Any], seconds: int, headers: dict[str, str], settings: dict[str, Any] | None = None
) -> Result:
    options: dict[str, Any] = {
        "settings": {"max_execution_time": seconds, **(settings or {})},
        "transport_settings": headers,
    }
    try:
        with translated():
            answer: Any = connect().query(sql, parameters=params, use_numpy=True, **options)
            # A statement without an answer comes back as a summary.
            rows = answer.np_result if hasattr(answer, "np_result") else np.empty(0)
    except TelemetryUnavailable:
        forget_client()
        raise
    if not len(rows):
        return Result({}, 0)
    names = answer.column_names
    columns = {name: _column(rows, at, name, answer.column_types[at].np_type) for at, name in enumerate(names)}
    return Result(columns, len(rows))


def _column(rows: NDArray[Any], at: int, name: str, kind: str) -> NDArray[Any]:
    """One column of the client's array, which is two-dimensional when all columns have one type, and all objects when one is."""
    found: NDArray[Any] = rows[name] if rows.dtype.names else rows[:, at]
    return found.astype(kind) if found.dtype == np.dtype("O") and np.dtype(kind) != np.dtype("O") else found
