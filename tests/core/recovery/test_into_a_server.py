# SPDX-License-Identifier: Apache-2.0
"""A backup restored into a PostgreSQL server elsewhere: another cluster, reached by addresses alone, as an operator would give them."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from steward.core.recovery import ledger_back, restoring
from steward.core.recovery.keys_apart import find_keys
from steward.core.recovery.ledger_dump import ledger_access, snapshot
from steward.core.recovery.process import back_up_stopped
from steward.core.recovery.refusal import RecoveryRefused
from steward.core.recovery.repository import Repository
from steward.core.recovery.restoring import restore
from steward.core.recovery.sealing import Damaged
from steward.settings import ledger
from steward.settings.env import Settings
from tests.core.recovery.conftest import CONTENT, KEY

APP, OWNER, BOSS = "app%2Fpassword", "owner-password", "boss:password"


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[ledger.Cluster]:
    """A server whose superuser is called otherwise than the embedded one's."""
    folder = Path(tempfile.mkdtemp(prefix="steward-elsewhere-"))
    folder.chmod(0o711)
    with ledger.running_cluster(folder / "var", fsync=False, keep=False) as made:
        with psycopg.connect(made.dsn(role="admin", database="postgres"), autocommit=True) as admin:
            admin.execute("create role boss superuser login password 'boss:password'")
            admin.execute("alter role pgadmin nologin")
        try:
            yield made
        finally:
            with psycopg.connect(_boss(made, "postgres"), autocommit=True) as boss:
                boss.execute("alter role pgadmin login")
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def served(fresh: Settings, elsewhere: ledger.Cluster) -> Iterator[Settings]:
    """A fresh data directory whose ledger is to be a database there that does not exist yet."""
    where = f"/steward_there?host={elsewhere.socket_dir}"
    yield fresh.model_copy(
        update={
            "database_url": f"postgresql://steward_app:{APP}@{where}",
            "database_owner_url": f"postgresql://steward_owner:{OWNER}@{where}",
            "database_admin_url": _boss(elsewhere, "steward_there"),
        }
    )
    with psycopg.connect(_boss(elsewhere, "postgres"), autocommit=True) as boss:
        boss.execute("drop database if exists steward_there with (force)")


def _boss(made: ledger.Cluster, database: str) -> str:
    return f"postgresql://boss:boss%3Apassword@/{database}?host={made.socket_dir}"


def _rows(url: str | None) -> list[tuple[int, ...]]:
    assert url is not None
    with psycopg.connect(url) as reader:
        return reader.execute("select client_id from guarded order by 1").fetchall()


def test_the_ledger_comes_back_in_a_server_elsewhere_and_can_be_backed_up_from_there(
    settings: Settings, repository: Repository, served: Settings
) -> None:
    made = back_up_stopped(settings, with_ledger=True, reason="test")
    restore(served, repository, made, find_keys(settings.secrets_dir, ""))
    assert _rows(served.database_admin_url) == [(1,), (2,), (3,)]
    assert _rows(served.database_owner_url) == [], "row-level security came back too"
    assert served.database_url is not None
    with psycopg.connect(served.database_url) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute("truncate guarded")
    assert (served.files_dir / KEY).read_bytes() == CONTENT
    assert (served.data_dir / "VERSION").exists()
    assert not (served.data_dir / "postgres-18").exists()
    assert not (served.data_dir / "restoring.dump").exists()
    with snapshot(ledger_access(served)) as held:
        assert held.file_keys()
        assert len(b"".join(held.dump())) > 1000


def test_a_database_that_holds_something_is_left_alone(
    settings: Settings, repository: Repository, served: Settings, elsewhere: ledger.Cluster
) -> None:
    made = back_up_stopped(settings, with_ledger=True, reason="test")
    keys = find_keys(settings.secrets_dir, "")
    with psycopg.connect(_boss(elsewhere, "postgres"), autocommit=True) as boss:
        boss.execute("create database steward_there")
    with psycopg.connect(_boss(elsewhere, "steward_there"), autocommit=True) as boss:
        boss.execute("create table guarded (client_id bigint)")
        boss.execute("insert into guarded values (99)")
    with pytest.raises(RecoveryRefused, match="the database steward_there on the server elsewhere holds 1 tables"):
        restore(served, repository, made, keys)
    assert _rows(served.database_admin_url) == [(99,)]
    assert not (served.data_dir / "secrets").exists()


def test_an_interrupted_one_goes_on_and_never_into_another_database(
    settings: Settings, repository: Repository, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up_stopped(settings, with_ledger=True, reason="test")
    keys = find_keys(settings.secrets_dir, "")

    def killed(*_given: object, **_named: object) -> None:
        raise Damaged("in place of a kill, after the ledger was loaded")

    whole = ledger_back.put_ledger
    with monkeypatch.context() as patch:
        patch.setattr(restoring, "put_ledger", lambda *given, **named: (whole(*given, **named), killed()))
        with pytest.raises(Damaged):
            restore(served, repository, made, keys)
    # The other one is as full as that which was begun, and was not begun.
    assert served.database_url is not None
    other = served.model_copy(update={"database_url": served.database_url.replace("?host=", "?options=&host=")})
    with pytest.raises(RecoveryRefused, match="holds 3 tables"):
        restore(other, repository, made, keys)
    restore(served, repository, made, keys)
    assert _rows(served.database_admin_url) == [(1,), (2,), (3,)]


def test_a_server_that_does_not_let_in_or_is_too_old_is_said_before_anything_is_written(
    settings: Settings, repository: Repository, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up_stopped(settings, with_ledger=True, reason="test")
    keys = find_keys(settings.secrets_dir, "")
    assert served.database_admin_url is not None
    wrong = served.database_admin_url.replace("boss%3Apassword", "wrong-one")
    with pytest.raises(
        RecoveryRefused, match=r"does not let its superuser in .* STEWARD_DATABASE_ADMIN_URL"
    ) as refused:
        restore(served.model_copy(update={"database_admin_url": wrong}), repository, made, keys)
    assert "wrong-one" not in str(refused.value)
    monkeypatch.setattr(ledger_back, "postgres_version", lambda: "99.1")
    with pytest.raises(RecoveryRefused, match="the ledger needs 99 or newer"):
        restore(served, repository, made, keys)
    assert not (served.data_dir / "secrets").exists()
