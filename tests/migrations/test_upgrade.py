# SPDX-License-Identifier: Apache-2.0
"""A ledger that the version before left behind is brought to this one: nothing is lost, and the schema is that of a fresh one.

`before/ledger.sql.gz` is a dump that the version before made of a small house of its own. When a version is released, a dump of it
takes its place."""

import gzip
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from steward.settings import ledger
from tests.environment import TEMPLATE
from tests.faults.test_f12_migration_killed import recorded, schema_of
from tests.fixtures.ledger import drop_database
from tests.fixtures.store import Store, in_force

# Whoever migrates may enter the audit's schema meanwhile, and that is a right of the whole cluster: by themselves.
pytestmark = pytest.mark.alone
BEFORE = Path(__file__).with_name("before") / "ledger.sql.gz"
# What a migration adds to by its nature.
GROWS = {"django_migrations", "django_content_type", "auth_permission"}
# Without the anchors that lie in the data directory of this run: they are of other databases.
VERIFY = """
import django; django.setup()
from steward.core.audit.public import verify
report = verify([])
assert report.clean and report.checked > 10, report
"""
Rows = dict[tuple[str, str], list[Any]]


@pytest.fixture
def old_database(ledger_cluster: ledger.Cluster) -> Iterator[str]:
    """A database as the version before left it."""
    name = f"steward_before_{os.getpid()}"
    ledger.create_database(ledger_cluster, name)
    sign_in = ledger_cluster.params(role="admin", database=name)
    words = ["-h", sign_in["host"], "-U", sign_in["user"], "-d", name, "-q", "-1", "-v", "ON_ERROR_STOP=1"]
    subprocess.run(
        [str(ledger_cluster.programs / "psql"), *words],
        input=gzip.decompress(BEFORE.read_bytes()), capture_output=True, check=True,
        env={"PGPASSWORD": sign_in["password"], "PGOPTIONS": "-c client_min_messages=error"},
    )  # fmt: skip
    ledger.prepare_database(ledger_cluster, name)
    yield name
    drop_database(ledger_cluster, name)


def columns_of(cluster: ledger.Cluster, database: str) -> dict[tuple[str, str], list[str]]:
    """The columns of every table."""
    ask = """select table_schema, table_name, array_agg(column_name::text order by column_name) from information_schema.columns
        join pg_tables on schemaname = table_schema and tablename = table_name
        where table_schema in ('public', 'audit') group by 1, 2"""
    with psycopg.connect(cluster.dsn(role="admin", database=database)) as admin:
        return {(schema, table): columns for schema, table, columns in admin.execute(ask)}


def rows_of(cluster: ledger.Cluster, database: str, columns: dict[tuple[str, str], list[str]]) -> Rows:
    """Every row of every table, as far as `columns` go."""
    found: Rows = {}
    with psycopg.connect(cluster.dsn(role="dump", database=database)) as dump:
        for (schema, table), names in columns.items():
            asked = sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in names)
            ask = sql.SQL("select {} from {} order by 1").format(asked, sql.Identifier(schema, table))
            found[schema, table] = sorted(dump.execute(ask).fetchall(), key=str)
    return found


def drop_numbers(cluster: ledger.Cluster, database: str) -> None:
    """Drop the counters of numbers such as A-17, which come into being with their first number, not with a migration."""
    with psycopg.connect(cluster.dsn(role="admin", database=database)) as admin:
        for (name,) in admin.execute("select sequencename from pg_sequences where sequencename like 'records_number%'"):
            admin.execute(sql.SQL("drop sequence {}").format(sql.Identifier(name)))


def plain(schema: list[str]) -> list[str]:
    """Without the casts that an expression gets on its way through a dump: they change its text and not what it says."""
    return [re.sub(r"[()]|::text(\[\])?|::character varying", "", line) for line in schema]


def test_what_the_version_before_left_is_upgraded_without_a_loss(
    ledger_cluster: ledger.Cluster, old_database: str, store_process: Store
) -> None:
    columns = columns_of(ledger_cluster, old_database)
    before = rows_of(ledger_cluster, old_database, columns)
    assert len(before["public", "assets_asset"]) == 12
    with in_force(store_process):
        environment = {**os.environ, "STEWARD_DATABASE_NAME": old_database}
        steward = [sys.executable, "-m", "steward.cli.main"]
        with ledger.migrating(ledger_cluster):
            done = subprocess.run(
                [*steward, "migrate"], capture_output=True, text=True, env=environment, timeout=120, check=False
            )
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        verified = subprocess.run(
            [sys.executable, "-c", VERIFY], capture_output=True, text=True, env=environment, check=False
        )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    after = rows_of(ledger_cluster, old_database, columns)
    changed = {table for (_, table), rows in before.items() if after[_, table] != rows}
    assert changed <= GROWS
    assert set(recorded(ledger_cluster, old_database)) == set(recorded(ledger_cluster, TEMPLATE))
    drop_numbers(ledger_cluster, old_database)
    assert plain(schema_of(ledger_cluster, old_database)) == plain(schema_of(ledger_cluster, TEMPLATE))
    taken = sum(len(rows) for rows in before.values())
    print(f"{len(before)} tables, {taken} rows came through; {done.stdout.splitlines()[-1]}")
