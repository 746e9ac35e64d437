# SPDX-License-Identifier: Apache-2.0
"""The gateway's way to PostgreSQL: a small pool of asynchronous connections, named statements, every transaction for all clients.

The web's database backend is not used here, since nothing on this loop may block; the role that it would take is taken by hand."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from django.db import connection as web_connection
from psycopg import AsyncConnection, OperationalError
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from steward.core.records.public import Statements

WAIT_SECONDS = 3.0
_statements = Statements("steward.estate.agents.gateway")
LedgerDown = (OperationalError, PoolTimeout)


class Transaction:
    """Statements of one transaction, by name."""

    def __init__(self, connection: AsyncConnection[DictRow]) -> None:
        self._connection = connection

    async def rows(self, name: str, params: Mapping[str, Any]) -> list[DictRow]:
        """The rows that a statement gives."""
        cursor = await self._connection.execute(_statements.text(name), params)
        return await cursor.fetchall()

    async def run(self, name: str, params: Mapping[str, Any]) -> None:
        """A statement that gives no rows, or whose rows nobody wants; its errors come with the next answer or at the end."""
        await self._connection.execute(_statements.text(name), params)


class Ledger:
    """Open it with `async with`. Raises one of `LedgerDown` when PostgreSQL is away."""

    def __init__(self, size: int = 4) -> None:
        self._conninfo = connection_parameters()
        self._pool: AsyncConnectionPool[AsyncConnection[DictRow]] = AsyncConnectionPool(
            kwargs=self._conninfo | {"row_factory": dict_row},
            min_size=1,
            max_size=size,
            timeout=WAIT_SECONDS,
            reconnect_timeout=0.1,
            open=False,
        )

    async def __aenter__(self) -> "Ledger":
        await self._pool.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pool.close(timeout=WAIT_SECONDS)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """One transaction for all clients: committed at the end, undone by an exception.

        Statements are sent without waiting for the answers of those before, as far as nothing is read. A connection that PostgreSQL
        has ended since is noticed by its first user, who gets LedgerDown; nobody pays for asking each time.
        """
        async with self._pool.connection() as connection, connection.pipeline(), connection.transaction():
            await connection.execute(_statements.text("begin"))
            yield Transaction(connection)

    async def listener(self) -> AsyncConnection[DictRow]:
        """A connection of its own that hears of changed agents; the caller closes it."""
        connection = await AsyncConnection.connect(
            **self._conninfo, autocommit=True, row_factory=dict_row, connect_timeout=3
        )
        await connection.execute(_statements.text("listen"))
        return connection


def connection_parameters() -> dict[str, Any]:
    """How the web's connection signs in, for a connection of ours."""
    given = web_connection.settings_dict
    named = {
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        "host": given["HOST"],
        "port": given["PORT"],
    }
    return {name: str(value) for name, value in named.items() if value} | dict(given.get("OPTIONS") or {})
