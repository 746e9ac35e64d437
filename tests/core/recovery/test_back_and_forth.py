# SPDX-License-Identifier: Apache-2.0
"""A backup taken and put back, on a real PostgreSQL; what is damaged, foreign or in the way is refused in one line."""

import json
import shutil
from pathlib import Path

import psycopg
import pytest

from steward.core.recovery import ledger_dump, restoring, taking
from steward.core.recovery.keys_apart import find_keys, keep_keys, read_secrets, recovery_key_file
from steward.core.recovery.process import back_up_stopped, default_keys_folder, newest_backup
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository, open_repository
from steward.core.recovery.restoring import restore
from steward.core.recovery.sealing import BackupKey, Damaged, WrongKey
from steward.core.recovery.taking import Taken
from steward.core.recovery.verifying import verify
from steward.settings import ledger
from steward.settings.env import Settings
from tests.core.recovery.conftest import CONTENT, KEY, SHA256


class Killed(BaseException):
    """In place of a kill: nothing catches it."""


def after(calls: int) -> Taken:
    """A progress that ends everything after so many steps."""
    left = [calls]

    def say(_: Taken) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Killed

    return Taken(say=say)


def take_from(settings: Settings, repository: Repository, taken: Taken | None = None):  # type: ignore[no-untyped-def]
    del repository  # the same place
    if taken is None:
        return back_up_stopped(settings, with_ledger=True, reason="test")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taking, "Taken", lambda: taken)
        return back_up_stopped(settings, with_ledger=True, reason="test")


def test_what_is_restored_is_what_was_backed_up(settings: Settings, repository: Repository, fresh: Settings) -> None:
    made = take_from(settings, repository)
    assert newest_backup(settings) == made
    assert made.ledger is not None
    assert made.ledger.entries >= 6
    assert made.files_missing == ()
    keys = find_keys(settings.secrets_dir, "")
    restore(fresh, repository, made, keys)
    assert (fresh.data_dir / "VERSION").read_text() == (settings.data_dir / "VERSION").read_text()
    part = "store/store/abc/abc-1/20261122_1_1_0/data.bin"
    assert (fresh.data_dir / part).read_bytes() == (settings.data_dir / part).read_bytes()
    assert (fresh.data_dir / "store/metadata/steward").readlink() == Path("../store/abc/abc-1")
    assert (fresh.files_dir / KEY).read_bytes() == CONTENT
    assert read_secrets(fresh.secrets_dir) == keys
    assert not (fresh.data_dir / "restoring").exists()
    assert not (fresh.data_dir / "restoring.dump").exists()
    with ledger.running_cluster(fresh.data_dir, createdb=False) as again:
        with psycopg.connect(again.dsn(role="owner")) as owner:
            assert owner.execute("select count(*) from guarded").fetchone() == (0,)  # row-level security came back too
        with psycopg.connect(again.dsn(role="dump")) as dump:
            assert dump.execute("select client_id from guarded order by 1").fetchall() == [(1,), (2,), (3,)]
        with psycopg.connect(again.dsn(role="app")) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("truncate guarded")


def test_a_second_backup_stores_only_what_is_new(settings: Settings, repository: Repository) -> None:
    take_from(settings, repository)
    before = repository.present()
    second = Taken()
    take_from(settings, repository, second)
    assert second.stored <= sum(
        (repository.root / "chunks" / each[:2] / each).stat().st_size for each in repository.present() - before
    )
    assert len(repository.present() - before) <= 1  # the dump's head has its time in it
    assert second.done == second.total > 0


def test_a_killed_backup_is_none_and_the_next_one_goes_on_from_it(settings: Settings, repository: Repository) -> None:
    with pytest.raises(Killed):
        take_from(settings, repository, after(2))
    assert repository.names() == []
    stored = repository.present()
    assert stored
    again = Taken()
    made = take_from(settings, repository, again)
    assert repository.names() == [made.name]
    assert stored - repository.present() == set()
    assert again.stored < sum(
        (repository.root / "chunks" / each[:2] / each).stat().st_size for each in repository.present()
    )
    assert verify(repository, made) == []


def test_a_killed_restore_goes_on_and_another_one_does_not_mix_with_it(
    settings: Settings, repository: Repository, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take_from(settings, repository)
    other = take_from(settings, repository)
    keys = find_keys(settings.secrets_dir, "")
    with pytest.raises(Killed):
        restore(fresh, repository, made, keys, taken=after(1))
    with pytest.raises(RecoveryRefused, match="was interrupted: restore that one again"):
        restore(fresh, repository, other, keys)
    with pytest.raises(Killed):
        restore(fresh, repository, made, keys, taken=after(len(made.telemetry) + len(made.files)))
    read: list[str] = []
    whole = restoring._put_entry
    monkeypatch.setattr(restoring, "_put_entry", lambda *given: (read.append(given[2].path), whole(*given)))
    restore(fresh, repository, made, keys)
    assert read == []  # the folders were there already
    assert (fresh.files_dir / KEY).read_bytes() == CONTENT
    assert (fresh.data_dir / "VERSION").exists()


def test_nothing_is_restored_over_data_or_without_room(
    settings: Settings, repository: Repository, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = take_from(settings, repository)
    keys = find_keys(settings.secrets_dir, "")
    with pytest.raises(RecoveryRefused, match="holds data already: set STEWARD_DATA_DIR"):
        restore(settings, repository, made, keys)
    monkeypatch.setattr(restoring, "SPARE", 1 << 60)
    with pytest.raises(RecoveryRefused, match=r"MB are needed at .* free some, or set STEWARD_DATA_DIR"):
        restore(fresh, repository, made, keys)


def test_a_changed_chunk_stops_a_restore_before_the_ledger_and_verifying_names_it(
    settings: Settings, repository: Repository, fresh: Settings
) -> None:
    made = take_from(settings, repository)
    assert made.ledger is not None
    name = made.ledger.chunks[0][0]
    path = repository.root / "chunks" / name[:2] / name
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(Damaged, match="take another backup"):
        restore(fresh, repository, made, find_keys(settings.secrets_dir, ""))
    assert not (fresh.data_dir / "VERSION").exists()
    assert verify(repository, made) == [name]
    # Set aside, it is stored anew by the next backup, when that has it.
    assert name not in repository.present()
    assert verify(repository, take_from(settings, repository)) == []


def test_a_lost_content_is_said_and_does_not_stop_the_rest(settings: Settings, repository: Repository) -> None:
    content = settings.files_dir / KEY
    content.rename(content.with_suffix(".away"))
    try:
        made = take_from(settings, repository)
    finally:
        content.with_suffix(".away").rename(content)
    assert made.files_missing == (KEY,)
    content.write_bytes(b"something else...")
    try:
        assert take_from(settings, repository).files_missing == (KEY,)
    finally:
        content.write_bytes(CONTENT)
    assert take_from(settings, repository).files_missing == ()


def test_a_ledger_that_is_none_or_does_not_let_in_stops_everything(
    settings: Settings, repository: Repository, cluster: ledger.Cluster
) -> None:
    with psycopg.connect(cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("alter table django_migrations rename to elsewhere")
        with pytest.raises(RecoveryRefused, match="has no migrations' table"):
            take_from(settings, repository)
        owner.execute("alter table elsewhere rename to django_migrations")
    with psycopg.connect(cluster.dsn(role="admin"), autocommit=True) as admin:
        admin.execute("alter role steward_dump nologin")
        with pytest.raises(RecoveryRefused, match="the ledger does not answer"):
            take_from(settings, repository)
        admin.execute("alter role steward_dump login")
    assert repository.names() == []


def test_without_the_ledger_the_rest_comes_back_beside_a_server_that_has_it(
    settings: Settings, repository: Repository, fresh: Settings
) -> None:
    made = back_up_stopped(settings, with_ledger=False, reason="test")
    assert [name for entry in made.files for name, _ in entry.members] == [SHA256]
    keys = find_keys(settings.secrets_dir, "")
    with pytest.raises(RecoveryRefused, match="restore that on its own server"):
        restore(fresh, repository, made, keys)
    elsewhere = fresh.model_copy(update={"database_url": "postgresql://steward_app:x@db.example/steward"})
    with pytest.raises(RecoveryRefused, match=r"this backup holds a ledger.* set STEWARD_DATABASE_OWNER_URL"):
        restore(elsewhere, repository, take_from(settings, repository), keys)
    assert not fresh.data_dir.exists()
    restore(elsewhere, repository, made, keys)
    assert (fresh.files_dir / KEY).read_bytes() == CONTENT
    assert (fresh.data_dir / "VERSION").exists()
    assert not (fresh.data_dir / "postgres-18").exists()


def test_the_password_is_on_no_command_line(
    settings: Settings, repository: Repository, cluster: ledger.Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[str]] = []
    real = ledger_dump.subprocess.Popen

    def watched(command: list[str], **options: object) -> object:
        seen.append(command)
        return real(command, **options)  # type: ignore[call-overload]  # passed on as it came

    monkeypatch.setattr(ledger_dump.subprocess, "Popen", watched)
    take_from(settings, repository)
    assert any("pg_dump" in command[0] for command in seen)
    assert cluster.secrets("db-dump") not in str(seen)


def test_the_keys_lie_apart_and_only_the_recovery_key_opens_them(settings: Settings, repository: Repository) -> None:
    take_from(settings, repository)
    [file] = default_keys_folder(settings).iterdir()
    recovery_key = recovery_key_file(settings).read_text()
    assert recovery_key_file(settings).stat().st_mode & 0o077 == 0
    found = find_keys(file, recovery_key)
    assert found == read_secrets(settings.secrets_dir)
    for secret in found.values():
        assert secret.strip() not in file.read_text()
        if len(secret) > 20:
            assert not any(
                secret.strip().encode() in each.read_bytes() for each in repository.root.rglob("*") if each.is_file()
            )
    with pytest.raises(WrongKey, match="mistyped"):
        find_keys(file, recovery_key[:-3])
    with pytest.raises(RecoveryRefused, match="lacks the keys"):
        find_keys(repository.root, "")
    assert open_repository(repository.root, BackupKey.of(found["backup"].strip()), make=False).names()


def test_the_file_of_keys_is_written_again_when_a_key_was_added(settings: Settings, repository: Repository) -> None:
    folder = default_keys_folder(settings)
    keep_keys(settings, folder, installation="ab")
    assert not keep_keys(settings, folder, installation="ab").written
    (settings.secrets_dir / "keys.json").write_text('{"mfa": {"1": "x"}}', encoding="utf-8")
    assert keep_keys(settings, folder, installation="ab").written
    assert json.loads((folder / "steward-keys-ab.json").read_text())["format"] == "steward-keys 1"
    shutil.rmtree(folder)
    folder.write_text("in the way", encoding="utf-8")
    try:
        with pytest.raises(RecoveryRefused, match="the keys can't be written"):
            keep_keys(settings, folder, installation="ab")
    finally:
        folder.unlink()
