# SPDX-License-Identifier: Apache-2.0
"""F12: `steward migrate` is killed again and again; the next run always goes on, and the end is the same."""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from steward.cli.migrating import LOCK
from steward.settings import ledger
from tests.environment import TEMPLATE
from tests.fixtures.store import Store, in_force
from tests.waiting import EXACT, pass_time

# Whoever migrates may enter the audit's schema meanwhile, and that is a right of the whole cluster: by themselves.
pytestmark = pytest.mark.alone
SEED = int(os.environ.get("STEWARD_TEST_SEED", "20261121"))
MIGRATE = [sys.executable, "-m", "steward.cli.main", "migrate"]


@pytest.fixture
def empty_database(ledger_cluster: ledger.Cluster) -> Iterator[str]:
    name = f"steward_killed_{os.getpid()}"
    ledger.create_database(ledger_cluster, name)
    with ledger.migrating(ledger_cluster):
        yield name
    with psycopg.connect(ledger_cluster.dsn(role="admin", database="postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def schema_of(cluster: ledger.Cluster, database: str) -> list[str]:
    """The whole schema as text, without what differs from one dump to the next."""
    sign_in = cluster.params(role="dump", database=database)
    done = subprocess.run(
        [str(cluster.programs / "pg_dump"), "--schema-only", "-h", sign_in["host"], "-U", sign_in["user"], database],
        capture_output=True,
        text=True,
        check=True,
        env={"PGPASSWORD": sign_in["password"], "LC_ALL": "C"},
    )
    return [
        line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\restrict", "\\unrestrict"))
    ]


def recorded(cluster: ledger.Cluster, database: str) -> list[tuple[str, str]]:
    with psycopg.connect(cluster.dsn(role="dump", database=database)) as dump:
        return [tuple(row) for row in dump.execute("select app, name from django_migrations order by app, name")]


def run_to_the_end(environment: dict[str, str]) -> None:
    done = subprocess.run(MIGRATE, capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def killed_after(environment: dict[str, str], steps: int, pause: float) -> bool:
    """Kill a migration `pause` seconds after it began its step number `steps`; False when it had ended by then."""
    child = subprocess.Popen(MIGRATE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)
    assert child.stdout is not None
    for _ in range(steps):
        if not child.stdout.readline():
            break
    pass_time(pause, why="the point of the kill is chosen at random")
    child.send_signal(signal.SIGKILL)
    child.stdout.close()
    return child.wait() == -signal.SIGKILL


def kill_repeatedly(cluster: ledger.Cluster, database: str, store: Store, kills: int) -> None:
    chance = random.Random(SEED)
    with in_force(store):
        environment = {**os.environ, "STEWARD_DATABASE_NAME": database, "PYTHONUNBUFFERED": "1"}
        hit = 0
        for _ in range(kills):
            hit += killed_after(environment, chance.randint(1, 8), chance.uniform(0, 0.08))
        run_to_the_end(environment)
        done = subprocess.run([*MIGRATE, "--check"], capture_output=True, text=True, env=environment, check=False)
    assert json.loads(done.stdout) == []
    assert hit > 0
    print(f"seed {SEED}: {hit} of {kills} migrations killed under way, the last one finished")
    assert recorded(cluster, database) == recorded(cluster, TEMPLATE)
    assert schema_of(cluster, database) == schema_of(cluster, TEMPLATE)


def test_a_migration_that_is_killed_repeatedly_ends_like_one_that_was_not(
    ledger_cluster: ledger.Cluster, empty_database: str, store_process: Store
) -> None:
    kill_repeatedly(ledger_cluster, empty_database, store_process, 10 if EXACT else 4)


@pytest.mark.prove
@pytest.mark.parametrize("campaign", range(20))
def test_a_migration_that_is_killed_anywhere_ends_like_one_that_was_not(
    ledger_cluster: ledger.Cluster,
    empty_database: str,
    store_process: Store,
    campaign: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "SEED", SEED + campaign)
    kill_repeatedly(ledger_cluster, empty_database, store_process, 12)


@pytest.mark.prove
def test_it_ends_as_django_alone_would(ledger_cluster: ledger.Cluster, empty_database: str) -> None:
    environment = {**os.environ, "STEWARD_DATABASE_NAME": empty_database, "STEWARD_DATABASE_ROLE": "owner"}
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0", "--skip-checks"], env=environment, check=True)
    assert recorded(ledger_cluster, empty_database) == recorded(ledger_cluster, TEMPLATE)
    assert schema_of(ledger_cluster, empty_database) == schema_of(ledger_cluster, TEMPLATE)


def test_two_migrations_at_once_wait_for_each_other(
    ledger_cluster: ledger.Cluster, empty_database: str, store_process: Store
) -> None:
    with in_force(store_process):
        environment = {**os.environ, "STEWARD_DATABASE_NAME": empty_database}
        both = [
            subprocess.Popen(MIGRATE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
            for _ in "ab"
        ]
        said = [each.communicate(timeout=120)[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert recorded(ledger_cluster, empty_database) == recorded(ledger_cluster, TEMPLATE)


def test_a_migration_waits_longer_than_a_table_would(
    ledger_cluster: ledger.Cluster, empty_database: str, store_process: Store
) -> None:
    with (
        in_force(store_process),
        psycopg.connect(ledger_cluster.dsn(role="owner", database=empty_database), autocommit=True) as first,
    ):
        first.execute("select pg_advisory_lock(%s)", [LOCK])
        environment = {
            **os.environ,
            "STEWARD_DATABASE_NAME": empty_database,
            "PYTHONUNBUFFERED": "1",
            "PGOPTIONS": "-c lock_timeout=50ms",
        }
        second = subprocess.Popen(MIGRATE, stdout=subprocess.PIPE, text=True, env=environment)
        assert second.stdout is not None
        assert second.stdout.readline() == "another migration is running: waiting for it\n"
        pass_time(0.5, why="ten times what it may wait for a table")
        assert second.poll() is None
        first.execute("select pg_advisory_unlock(%s)", [LOCK])
        said = second.communicate(timeout=120)[0]
    assert second.returncode == 0, said
    assert recorded(ledger_cluster, empty_database) == recorded(ledger_cluster, TEMPLATE)
