# SPDX-License-Identifier: Apache-2.0
from typing import Any

import psycopg
import pytest
from psycopg import errors

from steward.settings import ledger

LEAKPROOF = [
    "jsonb_contained", "jsonb_contains", "numeric_cmp", "numeric_eq", "numeric_ge", "numeric_gt", "numeric_le",
    "numeric_lt", "numeric_ne", "ts_match_qv", "ts_match_vq",
]  # fmt: skip


def rows(cluster: ledger.Cluster, role: ledger.Role, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(cluster.dsn(role=role)) as connection:
        return connection.execute(query, parameters).fetchall()


def test_the_roles_are_exactly_these_with_exactly_these_rights(module_cluster: ledger.Cluster) -> None:
    found = rows(
        module_cluster,
        "admin",
        "select rolname, rolcanlogin, rolsuper, rolbypassrls, rolcreatedb, rolcreaterole from pg_roles"
        " where rolname !~ '^pg_' order by rolname",
    )
    assert found == [
        ("pgadmin", True, True, True, True, True),
        ("steward_all", False, False, False, False, False),
        ("steward_app", True, False, False, False, False),
        ("steward_audit", False, False, False, False, False),
        ("steward_dump", True, False, True, False, False),
        ("steward_owner", True, False, False, False, False),
    ]


def test_memberships_are_exactly_these(module_cluster: ledger.Cluster) -> None:
    found = rows(
        module_cluster,
        "admin",
        "select roleid::regrole::text, member::regrole::text, inherit_option, set_option, admin_option"
        " from pg_auth_members where member::regrole::text ~ '^steward' order by 1",
    )
    assert found == [
        ("pg_read_all_data", "steward_dump", True, True, False),
        ("steward_all", "steward_app", False, True, False),
    ]


def test_the_app_owns_nothing_makes_nothing_and_reads_what_the_owner_makes(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("create table made (id bigint generated always as identity, n int)")
    with psycopg.connect(module_cluster.dsn(role="app"), autocommit=True) as app:
        app.execute("insert into made (n) values (1)")
        for forbidden in (
            "create table mine (n int)",
            "truncate made",
            "drop table made",
            "create schema s",
            "set role steward_owner",
        ):
            with pytest.raises(errors.InsufficientPrivilege):
                app.execute(forbidden)
        assert app.execute("select n from made").fetchall() == [(1,)]
        app.execute("set role steward_all")
        assert app.execute("select n from made").fetchall() == [(1,)]


def test_the_dump_role_reads_everything_and_writes_nothing(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="owner"), autocommit=True) as owner:
        owner.execute("create table guarded (n int)")
        owner.execute("insert into guarded values (1)")
        owner.execute("alter table guarded enable row level security")
        owner.execute("alter table guarded force row level security")
        assert owner.execute("select n from guarded").fetchall() == []
    with psycopg.connect(module_cluster.dsn(role="dump"), autocommit=True) as dump:
        assert dump.execute("select n from guarded").fetchall() == [(1,)]
        with pytest.raises(errors.Error):
            dump.execute("set default_transaction_read_only = off; insert into guarded values (2)")


def test_the_owner_reaches_the_audit_schema_only_while_it_migrates(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="owner"), autocommit=True) as owner:
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("create table audit.mine (n int)")
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("set role steward_audit")
        with ledger.migrating(module_cluster):
            owner.execute("set role steward_audit")
            owner.execute("reset role")
        with pytest.raises(errors.InsufficientPrivilege):
            owner.execute("set role steward_audit")


def test_a_killed_migration_leaves_no_way_into_the_audit_after_the_next_start(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="admin"), autocommit=True) as admin:
        admin.execute("grant steward_audit to steward_owner with inherit false, set true")
    ledger.bootstrap(module_cluster)
    with (
        psycopg.connect(module_cluster.dsn(role="owner"), autocommit=True) as owner,
        pytest.raises(errors.InsufficientPrivilege),
    ):
        owner.execute("set role steward_audit")


def test_the_roles_are_put_right_again_when_somebody_widened_them(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="admin"), autocommit=True) as admin:
        admin.execute("alter role steward_app superuser bypassrls createdb")
        admin.execute("alter function pg_catalog.ts_match_vq(tsvector, tsquery) not leakproof")
    ledger.bootstrap(module_cluster)
    test_the_roles_are_exactly_these_with_exactly_these_rights(module_cluster)
    test_operators_that_tell_nothing_may_use_an_index(module_cluster)


def test_operators_that_tell_nothing_may_use_an_index(module_cluster: ledger.Cluster) -> None:
    found = rows(
        module_cluster,
        "app",
        "select proname from pg_proc where proleakproof and proname = any(%s) order by 1",
        LEAKPROOF,
    )
    assert [name for (name,) in found] == LEAKPROOF


def test_a_new_password_file_becomes_the_password(module_cluster: ledger.Cluster) -> None:
    path = module_cluster.pgdata.parent / "secrets" / "db-app"
    before = path.read_text(encoding="utf-8")
    path.write_text("another-password\n", encoding="utf-8")
    try:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(module_cluster.dsn(role="app"))
        ledger.bootstrap(module_cluster)
        assert rows(module_cluster, "app", "select current_user") == [("steward_app",)]
    finally:
        path.write_text(before, encoding="utf-8")
        ledger.bootstrap(module_cluster)


def test_no_password_and_no_parameter_reaches_the_log(module_cluster: ledger.Cluster) -> None:
    with psycopg.connect(module_cluster.dsn(role="app"), autocommit=True) as app:
        with pytest.raises(errors.Error):
            app.execute("select 1 / length(%s) - 1 / 0", ("canary-parameter",))
        with pytest.raises(errors.Error):
            app.execute("select canary_in_a_statement")
    log = (module_cluster.pgdata.parent / "postgres.log").read_text(encoding="utf-8")
    assert "division by zero" in log
    assert "canary-parameter" not in log
    assert "select canary_in_a_statement" not in log
    for name in ("admin", "owner", "app", "dump"):
        assert module_cluster.secrets(f"db-{name}") not in log
    assert "SCRAM-SHA-256$" not in log


def test_a_session_that_hangs_is_ended(module_cluster: ledger.Cluster) -> None:
    found = dict(
        rows(
            module_cluster,
            "app",
            "select name, setting from pg_settings where name ~ '(statement|lock|session)_timeout$'",
        )
    )
    assert found["statement_timeout"] == "60000"
    assert found["lock_timeout"] == "15000"
    assert found["idle_in_transaction_session_timeout"] == "120000"
