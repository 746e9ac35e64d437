# SPDX-License-Identifier: Apache-2.0
"""Django's migrations, each with its record in ONE transaction: killed at any point, the next run goes on from there.

Django itself records a migration after its transaction whenever SQL was put off to the end (every foreign key is), so a
kill between the two leaves tables that "already exist".
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.core.management import call_command
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

from steward.cli.lean_state import LeanState
from steward.cli.refusal import Refusal

LOCK = 0x57E3A4D  # any number, the same in every process
Say = Callable[[str], None]


class OneTransactionExecutor(MigrationExecutor):
    """Applies a migration and records it together, unless the migration itself asks for no transaction."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        if not migration.atomic:
            return super().apply_migration(state, migration, fake, fake_initial)
        with transaction.atomic(using=self.connection.alias):
            return super().apply_migration(state, migration, fake, fake_initial)


def pending() -> list[str]:
    """The migrations the ledger still lacks, as "room.0001_name"."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def alone(say: Say) -> Iterator[None]:
    """One migrating process at a time; the others wait here, as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [LOCK])
        [free] = cursor.fetchone() or [False]
        if not free:
            say("another migration is running: waiting for it")
            # The role's lock_timeout is for tables; a whole migration may well take longer.
            cursor.execute("set lock_timeout = 0")
            cursor.execute("select pg_advisory_lock(%s)", [LOCK])
            cursor.execute("reset lock_timeout")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [LOCK])


def migrate_ledger(say: Say) -> int:
    """Bring the ledger to this version; how many migrations that took. Runs `alone`.

    Raises Refusal when two migrations of one room contradict each other.
    """
    executor = OneTransactionExecutor(
        connection, lambda action, migration=None, _=False: _report(say, action, migration)
    )
    executor.loader.check_consistent_history(connection)
    if conflicts := executor.loader.detect_conflicts():
        raise Refusal(f"two migrations claim the same place in {', '.join(conflicts)}: merge them first.")
    targets = executor.loader.graph.leaf_nodes()
    plan = executor.migration_plan(targets)
    before = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]  # as Django does
    emit_pre_migrate_signal(0, False, connection.alias, apps=before.apps, plan=plan)
    after = executor.migrate(targets, plan=plan, state=LeanState.of(before))
    after.clear_delayed_apps_cache()
    emit_post_migrate_signal(0, False, connection.alias, apps=apps, plan=plan)
    call_command("createcachetable", verbosity=0)
    return len(plan)


def _report(say: Say, action: str, migration: Migration | None) -> None:
    if action == "apply_start" and migration is not None:
        say(f"{migration.app_label}.{migration.name}")
