# SPDX-License-Identifier: Apache-2.0
"""Who may do what in the ledger: the roles, their passwords, the databases' privileges. Everything may be run again."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg
from psycopg import sql

from steward.settings.ledger.cluster import DATABASE, ROLE_NAMES, Cluster, Role

SIGNING_IN: tuple[Role, ...] = ("owner", "app", "dump")


def bootstrap(cluster: Cluster, *, createdb: bool = False) -> None:
    """Make the roles and the database `steward`, or put them right again. `createdb` is for tests."""
    with _admin(cluster, "postgres") as connection:
        for role in SIGNING_IN:
            name = ROLE_NAMES[role]
            password = cluster.secrets(f"db-{role}").encode()
            verifier = connection.pgconn.encrypt_password(password, name.encode(), b"scram-sha-256")
            connection.execute("select set_config(%s, %s, false)", (f"bootstrap.{role}", verifier.decode()))
        connection.execute("select set_config('bootstrap.createdb', %s, false)", (str(createdb).lower(),))
        connection.execute(_script("roles.sql"))
    create_database(cluster, DATABASE)


def create_database(cluster: Cluster, name: str, *, template: str = "template0") -> None:
    """Make the database `name` for the owner, with its privileges; one that is there is put right again."""
    with _admin(cluster, "postgres") as connection:
        if not connection.execute("select from pg_database where datname = %s", (name,)).rowcount:
            make = sql.SQL("create database {} owner steward_owner template {}")
            connection.execute(make.format(sql.Identifier(name), sql.Identifier(template)))
    prepare_database(cluster, name)


def prepare_database(cluster: Cluster, name: str) -> None:
    """Privileges, default privileges, schemas and leakproof marks of one database."""
    with _admin(cluster, name) as connection, connection.transaction():
        connection.execute(_script("database.sql"))


@contextmanager
def migrating(cluster: Cluster) -> Iterator[None]:
    """Lend the owner the audit schema's role for the time of a migration, and take it back whatever happens.

    Outside of it not even the tables' owner can change a row of the audit.
    """
    with _admin(cluster, "postgres") as connection:
        connection.execute("grant steward_audit to steward_owner with inherit false, set true")
        try:
            yield
        finally:
            connection.execute("revoke steward_audit from steward_owner")


def _admin(cluster: Cluster, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(cluster.dsn(role="admin", database=database), autocommit=True, connect_timeout=10)


def _script(name: str) -> str:
    return (files(__package__) / name).read_text(encoding="utf-8")
