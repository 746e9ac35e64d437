# SPDX-License-Identifier: Apache-2.0
import json
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest

from steward.cli import backup, data_version, preflight
from steward.cli.refusal import Refusal
from steward.cli.restore import restore_backup
from steward.settings import ledger
from steward.settings.env import Settings


@pytest.fixture
def cluster(settings: Settings) -> Iterator[ledger.Cluster]:
    preflight.prepare_directories(settings)
    data_version.write(settings.data_dir, data_version.this_version())
    (settings.data_dir / "store" / "parts").mkdir(parents=True)
    (settings.data_dir / "store" / "parts" / "data.bin").write_bytes(b"never changed")
    (settings.data_dir / "store" / "parts" / "log.txt").write_bytes(b"appended to")
    (settings.files_dir / "ab").mkdir()
    (settings.files_dir / "ab" / "abcd").write_bytes(b"content-addressed")
    with ledger.running_cluster(settings.data_dir, fsync=False) as made:
        with psycopg.connect(made.dsn(role="owner")) as owner:
            owner.execute("create table django_migrations (app text, name text)")
            owner.execute("create table guarded (client_id bigint)")
            owner.execute("insert into guarded values (1), (2), (3)")
            owner.execute("alter table guarded enable row level security")
            owner.execute("alter table guarded force row level security")
        yield made


def test_a_backup_holds_everything_and_restores_to_the_same(settings: Settings, cluster: ledger.Cluster) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    assert {each.name for each in made.iterdir()} == {
        "ledger.dump",
        "store",
        "files",
        "secrets",
        "VERSION",
        "manifest.json",
    }
    assert (made / "store" / "parts" / "log.txt").read_bytes() == b"appended to"
    assert (made / "files" / "ab" / "abcd").read_bytes() == b"content-addressed"
    assert (made / "secrets" / "db-owner").read_text() == (settings.secrets_dir / "db-owner").read_text()
    ledger.create_database(cluster, "restored")
    sign_in = cluster.params(role="admin", database="restored")
    subprocess.run(
        [
            str(cluster.programs / "pg_restore"),
            "-h",
            sign_in["host"],
            "-U",
            sign_in["user"],
            "--clean",
            "--if-exists",
            "-d",
            "restored",
            str(made / "ledger.dump"),
        ],
        check=True,
        env={"PGPASSWORD": sign_in["password"]},
    )
    with psycopg.connect(cluster.dsn(role="dump", database="restored")) as restored:
        assert restored.execute("select count(*) from guarded").fetchone() == (3,)


def test_what_is_appended_to_is_copied_and_what_never_changes_is_linked(
    settings: Settings, cluster: ledger.Cluster
) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    with (settings.data_dir / "store" / "parts" / "log.txt").open("ab") as log:
        log.write(b" later")
    assert (made / "store" / "parts" / "log.txt").read_bytes() == b"appended to"
    assert (made / "store" / "parts" / "data.bin").samefile(settings.data_dir / "store" / "parts" / "data.bin")


def test_a_backup_is_closed_to_others(settings: Settings, cluster: ledger.Cluster) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE(made.parent.stat().st_mode) == 0o700


def test_the_manifest_says_what_it_is_and_the_newest_is_found(settings: Settings, cluster: ledger.Cluster) -> None:
    assert backup.newest_backup(settings) is None
    made = backup.make_backup(settings, cluster, name="pre-upgrade")
    manifest = json.loads((made / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["version"][0].startswith("steward ")
    assert manifest["ledger_entries"] >= 4
    assert len(manifest["ledger_sha256"]) == 64
    newest = backup.newest_backup(settings)
    assert newest is not None
    assert abs((datetime.now(UTC) - newest).total_seconds()) < 60


def test_a_database_that_cannot_be_dumped_stops_everything_and_leaves_no_backup(
    settings: Settings, cluster: ledger.Cluster
) -> None:
    with psycopg.connect(cluster.dsn(role="admin")) as admin:
        admin.execute("alter role steward_dump nologin")
    with pytest.raises(Refusal, match=r"no backup could be made .* nothing was changed"):
        backup.make_backup(settings, cluster, name="pre-upgrade")
    assert backup.newest_backup(settings) is None


def test_a_dump_without_the_migrations_does_not_count(settings: Settings, cluster: ledger.Cluster) -> None:
    with psycopg.connect(cluster.dsn(role="owner")) as owner:
        owner.execute("drop table django_migrations")
    with pytest.raises(Refusal, match="has no migrations' table"):
        backup.make_backup(settings, cluster, name="backup")


def test_the_password_is_never_on_a_command_line(
    settings: Settings, cluster: ledger.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    real = subprocess.run

    def watched(command: list[str], **options: object) -> object:
        seen.append(command)
        return real(command, **options)  # type: ignore[call-overload]  # passed on as it came

    monkeypatch.setattr(subprocess, "run", watched)
    backup.make_backup(settings, cluster, name="backup")
    assert any("pg_dump" in command[0] for command in seen)
    assert cluster.secrets("db-dump") not in str(seen)


def test_only_the_surplus_made_by_hand_is_removed(settings: Settings) -> None:
    for name in ("backup-1", "backup-2", "backup-3", "pre-upgrade-0", "backup-unfinished"):
        folder = preflight.backups_dir(settings) / name
        folder.mkdir(parents=True)
        if "unfinished" not in name:
            (folder / "manifest.json").write_text("{}", encoding="utf-8")
    assert [each.name for each in backup.prune(settings, keep=2)] == ["backup-1"]
    assert sorted(each.name for each in preflight.backups_dir(settings).iterdir()) == [
        "backup-2",
        "backup-3",
        "backup-unfinished",
        "pre-upgrade-0",
    ]


def test_a_restored_backup_has_the_same_rows_roles_keys_and_files(settings: Settings, cluster: ledger.Cluster) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    fresh = settings.model_copy(update={"data_dir": settings.data_dir.parent / "fresh"})
    restore_backup(fresh, made)
    assert data_version.read(fresh.data_dir) == data_version.read(settings.data_dir)
    assert (fresh.data_dir / "store" / "parts" / "log.txt").read_bytes() == b"appended to"
    assert (fresh.files_dir / "ab" / "abcd").read_bytes() == b"content-addressed"
    with ledger.running_cluster(fresh.data_dir, createdb=False, keep=False) as again:
        with psycopg.connect(again.dsn(role="owner")) as owner:
            assert owner.execute("select count(*) from guarded").fetchone() == (0,)  # row-level security came back too
        with psycopg.connect(again.dsn(role="dump")) as dump:
            assert dump.execute("select client_id from guarded order by 1").fetchall() == [(1,), (2,), (3,)]
        with psycopg.connect(again.dsn(role="app")) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("truncate guarded")


def test_a_backup_that_was_changed_or_never_finished_is_refused(settings: Settings, cluster: ledger.Cluster) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    fresh = settings.model_copy(update={"data_dir": settings.data_dir.parent / "fresh"})
    with (made / "ledger.dump").open("ab") as dump:
        dump.write(b"!")
    with pytest.raises(Refusal, match="is not what was backed up"):
        restore_backup(fresh, made)
    (made / "manifest.json").unlink()
    with pytest.raises(Refusal, match="is no finished backup"):
        restore_backup(fresh, made)
    assert not fresh.data_dir.exists()


def test_nothing_is_restored_over_data(settings: Settings, cluster: ledger.Cluster) -> None:
    made = backup.make_backup(settings, cluster, name="backup")
    with pytest.raises(Refusal, match="holds data already"):
        restore_backup(settings, made)
