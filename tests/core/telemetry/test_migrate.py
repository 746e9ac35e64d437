# SPDX-License-Identifier: Apache-2.0
from pathlib import Path

import pytest

from steward.core.telemetry.connection import Place
from steward.core.telemetry.migrate import (
    FOLDER,
    ChangedMigration,
    NewerTelemetry,
    migrate_telemetry,
    migrations,
    split_statements,
)
from tests.fixtures.store import Store, running_store


@pytest.fixture
def fresh(store_process: Store) -> Place:
    """A database of its own in the worker's store."""
    store_process.client().command("drop database if exists fresh")
    place = store_process.place
    return Place(place.host, place.port, place.user, place.password, "fresh", secure=False)


def write_migration(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def test_migrations_are_run_once_in_order(fresh: Place) -> None:
    done = migrate_telemetry(fresh)
    assert done == [f"{each.number:04}_{each.name}" for each in migrations()]
    assert migrate_telemetry(fresh) == []


def test_a_migration_that_was_cut_off_begins_anew(fresh: Place, store_process: Store, tmp_path: Path) -> None:
    good = "create table if not exists a (x UInt8) engine = Memory;\ncreate table if not exists b (x UInt8) engine = Memory;\n"
    write_migration(tmp_path, "0001_two.sql", good.replace("exists b (x UInt8)", "exists b (x Nonsense)"))
    with pytest.raises(Exception, match="Nonsense"):
        migrate_telemetry(fresh, folder=tmp_path)
    write_migration(tmp_path, "0001_two.sql", good)
    assert migrate_telemetry(fresh, folder=tmp_path) == ["0001_two"]
    assert store_process.client().command("select count() from system.tables where database = 'fresh'") == 3


def test_a_newer_database_is_refused_and_left_alone(fresh: Place, tmp_path: Path) -> None:
    for number in (1, 2):
        write_migration(
            tmp_path, f"000{number}_x.sql", f"create table if not exists t{number} (x UInt8) engine = Memory;"
        )
    migrate_telemetry(fresh, folder=tmp_path)
    (tmp_path / "0002_x.sql").unlink()
    with pytest.raises(NewerTelemetry, match="has migration 0002, this version knows 0001"):
        migrate_telemetry(fresh, folder=tmp_path)


def test_a_migration_changed_after_it_was_run_is_refused(fresh: Place, tmp_path: Path) -> None:
    write_migration(tmp_path, "0001_x.sql", "create table if not exists t (x UInt8) engine = Memory;")
    migrate_telemetry(fresh, folder=tmp_path)
    write_migration(tmp_path, "0001_x.sql", "create table if not exists t (x UInt16) engine = Memory;")
    write_migration(
        tmp_path, "0001_x.sql", "-- only a comment\ncreate table if not exists t (x UInt8) engine = Memory;"
    )
    assert migrate_telemetry(fresh, folder=tmp_path) == []
    write_migration(tmp_path, "0001_x.sql", "create table if not exists t (x UInt16) engine = Memory;")
    with pytest.raises(ChangedMigration, match="0001_x"):
        migrate_telemetry(fresh, folder=tmp_path)


@pytest.mark.parametrize(
    "names", [["0002_x.sql"], ["0001_x.sql", "0003_y.sql"], ["1_x.sql"], ["0001_x.sql", "0001_y.sql"]]
)
def test_numbers_have_no_gaps_and_no_doubles(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        write_migration(tmp_path, name, "select 1;")
    with pytest.raises(ValueError, match=r"numbered|called"):
        migrations(tmp_path)


def test_every_statement_bears_to_be_run_again() -> None:
    for each in migrations(FOLDER):
        for statement in each.statements:
            assert "IF NOT EXISTS" in statement or "IF EXISTS" in statement, statement[:80]


def test_statements_are_told_apart_by_the_semicolon_at_a_lines_end() -> None:
    assert split_statements("-- a; b\nselect ';';\n\n-- c\nselect 2\n;\n") == ("select ';'", "select 2")


def test_the_tables_survive_a_kill_right_after_the_migration(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        migrate_telemetry(store.place)
        store.kill()
        store.start()
        assert migrate_telemetry(store.place) == []
        assert store.client(database="steward").command("select count() from samples_once") == 0
