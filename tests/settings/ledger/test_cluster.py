# SPDX-License-Identifier: Apache-2.0
import os
import stat
from pathlib import Path

import psycopg
import pytest

from steward.settings import ledger
from steward.settings.ledger import process
from tests.settings.ledger.conftest import run_python

LIVES = """
import sys, pathlib, psycopg
from steward.settings import ledger
with ledger.running_cluster(pathlib.Path(sys.argv[1]), fsync=False) as cluster:
    with psycopg.connect(cluster.dsn(role="app")) as connection:
        print(connection.execute("select current_user").fetchone()[0], cluster.pgdata.owner())
"""


def test_a_cluster_is_made_started_stopped_and_started_again_with_what_was_in_it(open_dir: Path) -> None:
    with ledger.running_cluster(open_dir / "var") as cluster, psycopg.connect(cluster.dsn(role="owner")) as owner:
        owner.execute("create table kept (n int)")
        owner.execute("insert into kept values (42)")
    assert not ledger.is_running(cluster)
    with ledger.running_cluster(open_dir / "var") as cluster, psycopg.connect(cluster.dsn(role="owner")) as owner:
        assert owner.execute("select n from kept").fetchone() == (42,)


def test_nothing_listens_on_a_network_and_no_password_means_no_entry(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="admin")) as admin:
        assert admin.execute("select current_setting('listen_addresses')").fetchone() == ("",)
        assert admin.execute("select distinct type, auth_method from pg_hba_file_rules").fetchall() == [
            ("local", "scram-sha-256")
        ]
    wrong = {**module_cluster.params(role="app"), "password": "wrong"}
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(**wrong)


def test_the_cluster_has_checksums_utf8_and_the_builtin_locale(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="app")) as app:
        assert app.execute("select current_setting('data_checksums')").fetchone() == ("on",)
        found = app.execute(
            "select pg_encoding_to_char(encoding), datlocprovider::text, datlocale from pg_database"
            " where datname = current_database()"
        ).fetchone()
        assert found == ("UTF8", "b", "C.UTF-8")


def test_data_and_socket_are_closed_to_everybody_else(module_cluster: ledger.Cluster) -> None:
    for folder in (module_cluster.pgdata, module_cluster.server_socket_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secrets = module_cluster.pgdata.parent / "secrets"
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    assert {stat.S_IMODE(each.stat().st_mode) for each in secrets.iterdir()} == {0o600}
    assert not list(module_cluster.pgdata.parent.glob("*password*"))


@pytest.mark.skipif(os.geteuid() != 0, reason="what happens when root starts Steward")
def test_started_by_root_the_database_runs_as_an_account_of_its_own_that_can_gain_nothing(
    module_cluster: ledger.Cluster,
) -> None:
    postmaster = process.postmaster(module_cluster)
    assert postmaster is not None
    assert postmaster.username() == "steward"
    status = Path(f"/proc/{postmaster.pid}/status").read_text(encoding="utf-8")
    assert "NoNewPrivs:\t1" in status
    assert "CapEff:\t0000000000000000" in status


@pytest.mark.skipif(os.geteuid() != 0, reason="what happens when root starts Steward")
def test_a_data_directory_the_account_cannot_enter_keeps_its_cluster_elsewhere(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with ledger.running_cluster(tmp_path / "closed", fsync=False, keep=False) as cluster:
        assert cluster.pgdata.is_relative_to("/var/lib/steward")
        assert (tmp_path / "closed" / "postgres-18").readlink() == cluster.pgdata
        again = ledger.find_cluster(tmp_path / "closed")
        with psycopg.connect(again.dsn(role="app")) as app:
            assert app.execute("select 1").fetchone() == (1,)
    assert not cluster.pgdata.exists()


def test_a_data_directory_with_a_very_long_path_gets_its_socket_elsewhere(open_dir: Path) -> None:
    deep = open_dir / ("d" * 60) / ("e" * 60)
    deep.parent.mkdir(mode=0o711)
    with ledger.running_cluster(deep, fsync=False, keep=False) as cluster:
        assert len(str(cluster.socket_dir)) < 90
        with psycopg.connect(cluster.dsn(role="app")) as app:
            assert app.execute("select 1").fetchone() == (1,)


def test_a_socket_directory_that_somebody_else_put_there_is_refused(open_dir: Path) -> None:
    (open_dir / "var").mkdir(mode=0o711)
    (open_dir / "elsewhere").mkdir()
    (open_dir / "var" / "run").symlink_to(open_dir / "elsewhere")
    with pytest.raises(ledger.LedgerError, match="belongs to somebody else"):
        ledger.ensure_cluster(open_dir / "var")


def test_an_ordinary_user_needs_no_account_and_no_rights(open_dir: Path) -> None:
    (open_dir / "own").mkdir()
    if os.geteuid() == 0:
        os.chown(open_dir / "own", 65534, 65534)
    done = run_python(LIVES, str(open_dir / "own" / "var"), ordinary=True)
    assert done.returncode == 0, done.stderr
    user = "nobody" if os.geteuid() == 0 else (open_dir / "own").owner()
    assert done.stdout.split() == ["steward_app", user]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a user without a name")
def test_a_user_without_a_name_is_told_so(open_dir: Path) -> None:
    (open_dir / "own").mkdir()
    os.chown(open_dir / "own", 64321, 64321)
    code = LIVES.replace("with ledger.", "os.setgid(64321); os.setuid(64321)\nwith ledger.", 1)
    done = run_python(f"import os\n{code}", str(open_dir / "own" / "var"))
    assert done.returncode == 1
    assert "User id 64321 has no entry in the password database" in done.stderr


def test_an_interrupted_initdb_is_done_again(open_dir: Path) -> None:
    draft = open_dir / "var" / ".postgres-18.draft"
    draft.mkdir(parents=True, mode=0o711)
    draft.parent.chmod(0o711)
    (draft / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with ledger.running_cluster(open_dir / "var", fsync=False) as cluster:
        assert (cluster.pgdata / "PG_VERSION").exists()
    assert not draft.exists()


def test_the_programs_are_those_of_the_wheel_whatever_the_path_says(module_cluster: ledger.Cluster) -> None:
    assert "pginstall18" in str(module_cluster.programs)
    assert module_cluster.run("pg_dump", "--version").stdout.split()[-1] == ledger.postgres_version()


def test_what_an_operator_writes_into_local_conf_wins_and_is_kept(open_dir: Path) -> None:
    with ledger.running_cluster(open_dir / "var", fsync=False) as cluster:
        pass
    (cluster.pgdata / "local.conf").write_text("work_mem = '3MB'\n", encoding="utf-8")
    with ledger.running_cluster(open_dir / "var", fsync=False) as cluster, psycopg.connect(cluster.dsn()) as app:
        assert app.execute("select current_setting('work_mem')").fetchone() == ("3MB",)
