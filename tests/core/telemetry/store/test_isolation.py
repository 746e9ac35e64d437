# SPDX-License-Identifier: Apache-2.0
"""A scoped read sees its clients' rows, whatever it says; and the engine's row policies hold without the store's help."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from steward.core.telemetry.store.policies import CLIENT_TABLES, INNER_TABLES, system_tables
from steward.core.telemetry.store.statement import HARMLESS_TABLE_FUNCTIONS, check_scoped
from tests.fixtures.store import Store

ACME, BIRCH = 3, 7
FORMS = [
    "select client from samples",
    "select client from steward.samples",
    "select client from `steward`.`samples`",
    "select client from (select * from samples)",
    "with x as (select * from samples) select client from x",
    "select s.client from samples as s join samples as other on other.sid = s.sid",
    "select client from samples union all select client from samples",
    "select client from view(select client from samples)",
    "select client from samples where 1 = 1 or client != 3",
    "select client from samples prewhere 1",
    "select arrayJoin(groupArray(client)) as client from samples",
    "select client from samples_once",
    "select client from series",
    "select client from samples_1h final",
    "select client from samples where sid in (select sid from samples)",
    "select (select max(client) from samples) as client",
    "select distinct client from samples order by client limit 1 by client",
]
REFUSED = [
    "select client from samples settings log_comment = 'all;'",
    "select count() from merge('steward', 'samples')",
    "select count() from merge(concat('sys', 'tem'), 'parts')",
    "select count() from mergeTreeIndex('steward', 'samples')",
    "select count() from mergeTreeAnalyzeIndexes('steward', 'samples')",
    "select count() from system.parts",
    "select count() from `system`.`parts`",
    'select count() from "system".parts',
    "select count() from SYSTEM.parts",
    "select count() from system /* x */ . parts",
    "select count() from information_schema.tables",
    "select count() from rolled_hours format Null; select 1",
    "select file('/etc/passwd')",
    "select FILE ('/etc/passwd')",
    "select `file`('/etc/passwd')",
    "select * from file('/etc/passwd', 'LineAsString')",
    "select * from \"/etc/passwd\"",
    "select * from url('http://127.0.0.1:1', 'LineAsString')",
    "select * from remote('127.0.0.1', 'steward', 'samples')",
    "select * from Python(x)",
    "select * from loop('steward', 'samples') limit 1",
    "select * from executable('ls', 'TSV', 'a String')",
    "select * from viewExplain('', '', (select 1))",
    "select hostName()",
    "select getServerSetting('path')",
    "insert into samples select 3, 1, now64(3), 1",
    "insert into samples format CSV\n3,1,0,1",
    "drop table samples",
    "set log_comment = 'all;'",
    "kill query where 1",
    "show tables",
    "explain select 1",
    "system flush logs",
    "create table x (a UInt8) engine = Memory",
    "optimize table samples",
    "backup database steward to File('x')",
    "use system",
    "",
]  # fmt: skip


@pytest.fixture
def filled(store: Store) -> Client:
    client = store.client(database="steward")
    client.command("insert into samples select number % 10, number, now64(3) - number, number from numbers(1000)")
    client.command("insert into series (client, sid, name) select number % 10, number, 'cpu' from numbers(100)")
    client.command("insert into samples_1h select number % 10, number, now(), 1, 1, 1, 1, 1, 1 from numbers(100)")
    return client


def scoped(client: Client, sql: str, clients: str, **settings: Any) -> list[Any]:
    return [
        row[0]
        for row in client.query(sql, transport_settings={"X-Steward-Clients": clients}, settings=settings).result_rows
    ]


@pytest.mark.parametrize("sql", FORMS)
def test_every_form_of_a_read_is_limited_to_the_scope(filled: Client, sql: str) -> None:
    everything = set(scoped(filled, sql, "*"))
    assert everything - {ACME, BIRCH}, "the form must reach foreign rows when it may"
    seen = set(scoped(filled, sql, f"{ACME},{BIRCH}"))
    assert seen
    assert seen <= {ACME, BIRCH}
    assert set(scoped(filled, sql, str(ACME))) == {ACME}
    assert set(scoped(filled, sql, "999")) <= {0}  # an aggregate of nothing is 0
    assert set(scoped(filled, sql, "")) <= {0}


@pytest.mark.parametrize("sql", REFUSED)
def test_a_scoped_read_is_nothing_but_a_select_of_our_tables(filled: Client, sql: str) -> None:
    before = filled.command("select count() from samples")
    with pytest.raises(DatabaseError) as failure:
        filled.raw_query(sql, transport_settings={"X-Steward-Clients": str(ACME)})
    assert failure.value.code in (164, 497, 60, 36, 62)
    assert filled.command("select count() from samples") == before


@pytest.mark.parametrize("table", INNER_TABLES)
def test_the_rooms_own_books_are_closed_to_scoped_reads(filled: Client, table: str) -> None:
    filled.command("insert into rolled_hours (hour, client, rev) values (now(), 0, 1)")
    assert filled.command(f"select count() from {table}") != 0
    assert scoped(filled, f"select count() from {table}", "*") == [0]


@pytest.mark.parametrize(
    "setting", ["log_comment", "readonly", "additional_table_filters", "max_memory_usage", "allow_ddl", "profile"]
)
def test_a_scoped_read_sets_nothing_that_matters(store: Store, filled: Client, setting: str) -> None:
    filled.command("select 1", settings={"max_threads": 1}, transport_settings={"X-Steward-Clients": "3"})
    if setting in ("log_comment", "readonly"):
        # Taken out before the engine sees them: the scope stays what it is.
        assert scoped(filled, "select distinct client from samples", "3", **{setting: "0"}) == [3]
        return
    with pytest.raises(DatabaseError) as failure:
        scoped(filled, "select client from samples", "3", **{setting: "1"})
    assert failure.value.code == 164


@pytest.mark.parametrize("clients", ["3;", "3 or 1", "-1", "4294967296", "3,,7", "all", "3'", "0x3", "٣"])
def test_only_numbers_make_a_scope(filled: Client, clients: str) -> None:
    with pytest.raises((DatabaseError, UnicodeEncodeError)):
        scoped(filled, "select client from samples", clients)


def test_another_database_is_not_reached(filled: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        scoped(filled, "select 1", "3", database="system")
    assert failure.value.code == 497


def test_sessions_and_tables_from_outside_are_not_for_scoped_reads(filled: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        scoped(filled, "select 1", "3", session_id="x")
    assert failure.value.code == 497


def test_ten_thousand_clients_are_a_scope_too(filled: Client) -> None:
    many = ",".join(str(each) for each in range(5, 10_005))
    assert set(scoped(filled, "select distinct client from samples", many)) == {5, 6, 7, 8, 9}


def test_the_lists_of_system_tables_and_functions_are_the_engines_own(filled: Client) -> None:
    # On a new engine: bring system_tables.txt and the forbidden functions up to date.
    there = {row[0] for row in filled.query("select name from system.tables where database = 'system'").result_rows}
    assert there - set(system_tables()) <= {"numbers", "numbers_mt", "one", "primes", "zeros", "zeros_mt"}
    functions = {row[0] for row in filled.query("select name from system.table_functions").result_rows}
    open_ones = set()
    for name in functions:
        try:
            check_scoped(f"select * from {name}()")
        except Exception:
            continue
        open_ones.add(name.lower())
    assert open_ones <= HARMLESS_TABLE_FUNCTIONS


def test_every_table_has_a_policy(filled: Client) -> None:
    tables = {row[0] for row in filled.query("select name from system.tables where database = 'steward'").result_rows}
    assert tables == {*CLIENT_TABLES, *INNER_TABLES}


_ENGINE = """
import json, sys
from pathlib import Path
from steward.core.telemetry.store.config import write_config
from steward.core.telemetry.store.engine import EngineConnection
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.policies import full_comment, scoped_comment
folder = Path(sys.argv[1]); forms = json.loads(sys.argv[2])
write_config(Limits(), config_path=folder / "x.xml", backups=folder / "b")
full = EngineConnection(folder / "x", folder / "x.xml")
unset = EngineConnection(folder / "x", folder / "x.xml")
full.prepare({"log_comment": full_comment("")}, "")
full.run("create database steward")
full.run("create table steward.samples (client UInt32, sid UInt32, ts DateTime64(3), v Float64) engine = MergeTree order by client")
full.run("create table steward.rolled_hours (a UInt8) engine = MergeTree order by a")
full.run("insert into steward.samples select number % 10, number, now64(3), number from numbers(1000)")
full.run("insert into steward.rolled_hours values (1)")
out = {}
comments = {"none": scoped_comment((), "q"), "two": scoped_comment((3, 7), "all;"), "every": scoped_comment(None, "")}
for name, comment in {"unset": None, **comments}.items():
    for form in forms:
        held = EngineConnection(folder / "x", folder / "x.xml")
        if comment is not None:
            held.prepare({"log_comment": comment}, "steward")
        held.lock()
        try:
            out[f"{name}|{form}"] = held.run(form).body().decode().split()
        except Exception as failure:
            out[f"{name}|{form}"] = f"refused {failure.code}"
        held.close()
print(json.dumps(out))
sys.stdout.flush()
import os; os._exit(0)
"""
_CLIENTS_SEEN = "select arraySort(groupUniqArray(client)) from "
ENGINE_FORMS = {
    "table": _CLIENTS_SEEN + "steward.samples",
    "merge": _CLIENTS_SEEN + "merge('steward', 'samples')",
    "merge of everything": _CLIENTS_SEEN + "merge(REGEXP('stew.*'), 'samples')",
    "subquery": _CLIENTS_SEEN + "(select * from steward.samples)",
    "cte": "with x as (select * from steward.samples) " + _CLIENTS_SEEN + "x",
    "index": "select count() from mergeTreeIndex('steward', 'samples')",
    "override": _CLIENTS_SEEN + "steward.samples settings log_comment = 'all;'",
    "set": "set log_comment = 'all;'",
    "unlock": "set readonly = 0",
    "inner": "select count() from steward.rolled_hours",
    "system": "select count() from system.parts",
    "system by merge": "select count() from merge('system', 'parts')",
    "processes": "select count() from system.processes",
    "schema": "select count() from information_schema.tables",
    "write": "insert into steward.samples values (3, 1, now(), 1)",
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a locked connection sees of the engine itself, by scope and form."""
    folder: Path = tmp_path_factory.mktemp("engine")
    run = subprocess.run(
        [sys.executable, "-c", _ENGINE, str(folder), json.dumps(list(ENGINE_FORMS.values()))],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(run.stdout)
    return {
        f"{scope} {name}": found[f"{scope}|{sql}"]
        for scope in ("unset", "none", "two", "every")
        for name, sql in ENGINE_FORMS.items()
    }


@pytest.mark.parametrize("form", ["table", "merge", "subquery", "cte"])
def test_the_engine_itself_shows_the_scopes_rows_only(seen: dict[str, Any], form: str) -> None:
    assert seen[f"unset {form}"] == ["[]"]
    assert seen[f"none {form}"] == ["[]"]
    assert seen[f"two {form}"] == ["[3,7]"]
    assert seen[f"every {form}"] == ["[0,1,2,3,4,5,6,7,8,9]"]


@pytest.mark.parametrize(
    ("form", "code"), [("index", 497), ("override", 164), ("set", 164), ("unlock", 164), ("write", 164)]
)
def test_the_engine_itself_refuses_the_ways_around(seen: dict[str, Any], form: str, code: int) -> None:
    for scope in ("unset", "none", "two", "every"):
        assert seen[f"{scope} {form}"] == f"refused {code}", scope


@pytest.mark.parametrize("form", ["inner", "system", "system by merge", "processes", "schema"])
def test_the_engine_itself_keeps_its_books_closed(seen: dict[str, Any], form: str) -> None:
    for scope in ("unset", "none", "two", "every"):
        assert seen[f"{scope} {form}"] == ["0"], scope
