# SPDX-License-Identifier: Apache-2.0
"""Who may do what in the ledger: the roles, their passwords, the databases' privileges. Everything may be run again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Protocol

import psycopg
from psycopg import sql

from steward.settings.ledger.binaries import LedgerError
from steward.settings.ledger.cluster import DATABASE, ROLE_NAMES, Role

SIGNING_IN: tuple[Role, ...] = ("owner", "app", "dump")


class Ledger(Protocol):
    """Where roles are made: the embedded cluster, or a server elsewhere."""

    def dsn(self, *, role: Role = "app", database: str = ...) -> str:
        """A libpq URL."""

    @property
    def secrets(self) -> Callable[[str], str]:
        """The password called "db-app", "db-owner" or "db-dump"; empty leaves that role without one."""


def bootstrap(cluster: Ledger, *, createdb: bool = False, database: str = DATABASE) -> None:
    """Make the roles and the database, or put them right again. `createdb` is for tests."""
    with _admin(cluster, "postgres") as connection:
        for role in SIGNING_IN:
            verifier = _verifier(connection, ROLE_NAMES[role], cluster.secrets(f"db-{role}"))
            connection.execute("select set_config(%s, %s, false)", (f"bootstrap.{role}", verifier))
        connection.execute("select set_config('bootstrap.createdb', %s, false)", (str(createdb).lower(),))
        connection.execute(_script("roles.sql"))
    create_database(cluster, database)


def _verifier(connection: psycopg.Connection[tuple[object, ...]], role: str, password: str) -> str:
    if not password:
        return ""
    return connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()


def create_database(cluster: Ledger, name: str, *, template: str = "template0") -> None:
    """Make the database `name` for the owner, with its privileges; one that is there is put right again."""
    with _admin(cluster, "postgres") as connection:
        if not connection.execute("select from pg_database where datname = %s", (name,)).rowcount:
            make = sql.SQL("create database {} owner steward_owner template {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    prepare_database(cluster, name)


def prepare_database(cluster: Ledger, name: str) -> None:
    """Privileges, default privileges, schemas and leakproof marks of one database."""
    with _admin(cluster, name) as connection, connection.transaction():
        connection.execute(_script("database.sql"))


@contextmanager
def migrating(cluster: Ledger) -> Iterator[None]:
    """Lend the owner the audit schema's role for the time of a migration, and take it back whatever happens.

    Outside of it not even the tables' owner can change a row of the audit.
    """
    with _admin(cluster, "postgres") as connection:
        connection.execute("grant steward_audit to steward_owner with inherit false, set true")
        try:
            yield
        finally:
            connection.execute("revoke steward_audit from steward_owner")


def _admin(cluster: Ledger, database: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(cluster.dsn(role="admin", database=database), autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[0]
        raise LedgerError(
            f"the ledger does not let its superuser in ({reason}): look at its address and password."
        ) from None


def _script(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
