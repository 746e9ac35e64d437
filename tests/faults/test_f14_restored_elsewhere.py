# SPDX-License-Identifier: Apache-2.0
"""F14: a house is backed up while it runs, lost, and restored elsewhere: the same rows, samples, files and keys, and it starts.

Scaled here; the long campaign asks at a size at which it takes a while, and measures how old the data are and how long it takes."""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
from django.db import transaction
from psycopg import sql

from steward.cli import data_version
from steward.core.access.public import Role
from steward.core.files.public import kept_contents, open_content, register_file_kind, store_file
from steward.core.recovery.keys_apart import backup_key, keep_keys, new_recovery_key, recovery_key_file
from steward.core.recovery.ledger_dump import ledger_access
from steward.core.recovery.live import _stilled
from steward.core.recovery.repository import open_repository
from steward.core.recovery.taking import Sources, take
from steward.core.telemetry.connection import Place, open_client
from steward.core.telemetry.store.call import USER
from steward.core.telemetry.store.policies import DATABASE
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.settings import ledger
from steward.settings.env import CHECKOUT, get_settings
from steward.settings.ledger import find_cluster
from tests.attacks.leaks.visitor import Visitor
from tests.fixtures.actors import PASSWORD, give_password, make_person
from tests.fixtures.browser import session_of
from tests.fixtures.house import House, house
from tests.fixtures.sign_in import totp_code
from tests.fixtures.store import Store
from tests.waiting import bar, eventually

pytestmark = pytest.mark.alone
MINUTES = 60.0
# Written by the backup itself after the instant that it is of; the audit is compared as far as it went then.
BY_ITSELF = {("public", "recovery_backup"), ("audit", "entry"), ("audit", "link")}

SEED = """
import io, json, os, sys
import django; django.setup()
from django.db import transaction
from steward.core.access.public import Role
from steward.core.files.public import register_file_kind, store_file
from steward.core.telemetry.public import connect
from steward.core.tenancy.public import scoped, system_scope
from tests.fixtures.actors import give_password, make_client, make_person
given = json.loads(sys.argv[1])
register_file_kind("tests.file", types=frozenset({"text/plain"}), max_bytes=1 << 24, permission="assets.view")
acme = make_client("Acme")
with scoped(system_scope("seed")), transaction.atomic():
    give_password(make_person("Olga Owner", Role.OWNER))
    for number in range(given["files"]):
        text = os.urandom(given["bytes"] // 2).hex().encode()
        store_file(acme, f"{number}.txt", io.BytesIO(text), "tests.file")
client = connect()
for day in range(given["days"]):
    client.command(
        "INSERT INTO samples SELECT 999, number % 200, now64(3) - toIntervalDay({day:UInt32}) - toIntervalSecond(number), "
        "rand() / 1000 FROM numbers({rows:UInt64})", parameters={"day": day, "rows": given["rows"]})
client.command("INSERT INTO series (client, sid, agent, asset, name, interval_s) SELECT 999, number, 1, 1, 'm', 30 FROM numbers(200)")
"""
# A client that no agent sends for: the restored house measures its own machine at once.
ASK_SUMS = {
    "series": "SELECT count(), toString(sum(cityHash64(*))) FROM series WHERE client = 999",
    "samples": "SELECT count(), toString(sum(cityHash64(*))) FROM samples WHERE client = 999",
    "schema_migrations": "SELECT count(), toString(sum(cityHash64(*))) FROM schema_migrations",
}


def child(home: House, program: str, *words: str) -> str:
    """Run a program on the data of `home`, as one of its own."""
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        capture_output=True, text=True, check=False, timeout=600,
        env=home.environment | {"DJANGO_SETTINGS_MODULE": "steward.settings.django", "PYTHONPATH": str(CHECKOUT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def telemetry_sums(home: House) -> dict[str, Any]:
    client = open_client(place_of(home), database=DATABASE)
    return {table: client.query(ask).result_rows[0] for table, ask in ASK_SUMS.items()}


def table_hashes(home: House) -> dict[tuple[str, str], tuple[int, str]]:
    return hashes_of(ledger.find_cluster(home.settings.data_dir).dsn(role="dump"))


def hashes_of(dsn: str) -> dict[tuple[str, str], tuple[int, str]]:
    """Rows, and a hash of their sorted texts, of every table."""
    with psycopg.connect(dsn) as dump:
        tables = dump.execute(
            "select schemaname, tablename from pg_tables where schemaname not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        ask = sql.SQL("select count(*), md5(coalesce(string_agg(t::text, E'\\n' order by t::text), '')) from {} t")
        return {
            (schema, table): dump.execute(ask.format(sql.Identifier(schema, table))).fetchone()
            for schema, table in tables
        }  # type: ignore[misc]  # an aggregate answers one row


def audit_rows(home: House) -> list[Any]:
    cluster = ledger.find_cluster(home.settings.data_dir)
    with psycopg.connect(cluster.dsn(role="dump")) as dump:
        return dump.execute(
            "select l.seq, l.hash, e::text from audit.link l join audit.entry e on e.id = l.entry order by l.seq"
        ).fetchall()


def contents(home: House) -> dict[str, str]:
    """Every stored content with the hash of what is in it."""
    found = home.settings.files_dir.glob("*/??/*")
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in found}


def recovery_key(home: House) -> Path:
    return home.settings.data_dir / "recovery-key"


def keys_file(home: House) -> Path:
    [found] = (home.settings.data_dir / "backup-keys").iterdir()
    return found


def rest(home: House) -> None:
    """Stop everything but the databases, so that nothing changes between the backup and the comparison."""
    for name in ("agent", "worker", "gateway", "live", "web"):
        if home.control.states()[name].state == "RUNNING":
            home.control.stop(f"house:{name}")


def restore_words(home: House, fresh: House) -> tuple[list[str], dict[str, str]]:
    backups = home.settings.data_dir / "backups"
    words = ["restore", str(backups), "--keys", str(keys_file(home)), "--recovery-key-file", str(recovery_key(home))]
    return words, {"STEWARD_DATA_DIR": str(fresh.settings.data_dir)}


_used: set[str] = set()


def signs_in(home: House) -> None:
    """With password and second factor, whose secret opens with the restored keys alone."""
    olga = Visitor(f"http://localhost:{home.settings.port}")
    assert olga.send("/accounts/login/", {"login": "olga@msp.example", "password": PASSWORD}).is_redirect
    # What was used up before the move is so after it: a second sign-in needs another code.
    code = eventually(lambda: {totp_code()} - _used, seconds=31, what="another code").pop()
    _used.add(code)
    assert olga.send("/accounts/2fa/authenticate/", {"code": code}).is_redirect
    assert olga.follow("/").status_code == 200


def lost_and_restored(size: dict[str, int]) -> None:
    with house() as home, house() as fresh:
        home.start()
        child(home, SEED, json.dumps(size))
        begun = time.monotonic()
        live = home.run("backup", timeout=900)
        assert live.returncode == 0, live.stderr
        whole = time.monotonic() - begun
        rest(home)
        begun = time.monotonic()
        quiet = home.run("backup", timeout=900)
        assert quiet.returncode == 0, quiet.stderr
        again = time.monotonic() - begun
        rows, sums, files, audit = table_hashes(home), telemetry_sums(home), contents(home), audit_rows(home)
        assert home.run("backup", "verify", timeout=300).returncode == 0
        home.stop()

        words, variables = restore_words(home, fresh)
        begun = time.monotonic()
        restored = fresh.run(*words, timeout=1800, **variables)
        assert restored.returncode == 0, restored.stderr
        put_back = time.monotonic() - begun
        with ledger.running_cluster(fresh.settings.data_dir, createdb=False):
            found = table_hashes(fresh)
            assert {each for each in rows if rows[each] != found.get(each)} <= BY_ITSELF
            assert set(found) == set(rows)
            kept = audit_rows(fresh)
            assert kept == audit[: len(kept)]
            assert len(audit) - len(kept) <= 2
        assert contents(fresh) == files
        assert len(files) == size["files"]
        up = fresh.start()
        assert telemetry_sums(fresh) == sums
        verified = fresh.run("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        signs_in(fresh)
        print(
            f"F14: {size}, {len(rows)} tables, {sum(count for count, _ in rows.values())} rows equal; backup {whole:.1f} s, again "
            f"{again:.1f} s ({quiet.stdout.splitlines()[1].strip()}), restored {put_back:.1f} s, up {up:.1f} s"
        )
        assert put_back + up < bar(15 * MINUTES)
        assert again < bar(15 * MINUTES)


@pytest.mark.django_db(transaction=True)
def test_what_was_lost_is_restored_elsewhere_equal_and_starts(store: Store, acme: Client, tmp_path: Path) -> None:
    """The ledger, the store and the files of the tests themselves, which run; what comes of them is a house of its own."""
    olga = make_person("Olga Owner", Role.OWNER)
    give_password(olga)
    cookie = session_of(olga)
    register_file_kind("tests.f14", types=frozenset({"text/plain"}), max_bytes=1000, permission="assets.view")
    with scoped(system_scope("tests")), transaction.atomic():
        kept = [store_file(acme, "a.txt", BytesIO(f"file {n}".encode()), "tests.f14").sha256 for n in range(5)]
    client = store.client(database=DATABASE)
    client.command("INSERT INTO samples SELECT 999, number % 50, now64(3) - number, number / 7 FROM numbers(20000)")
    client.command(
        "INSERT INTO series (client, sid, agent, asset, name, interval_s) SELECT 999, number, 1, 1, 'm', 30 FROM numbers(50)"
    )
    settings = get_settings()
    repository = open_repository(tmp_path / "backups", backup_key(settings), make=True)
    new_recovery_key(settings)
    file = keep_keys(settings, tmp_path / "keys", installation=repository.installation).path
    written_by = replace(data_version.this_version(), begun="done").text()
    sources = Sources(written_by, ledger_access(settings), partial(_stilled, store.path), open_content, kept_contents)
    made = take(repository, sources, reason="test")
    sums = {table: client.query(ask).result_rows[0] for table, ask in ASK_SUMS.items()}
    rows = hashes_of(find_cluster(settings.data_dir).dsn(role="dump", database=settings.database_name))

    with house() as fresh:
        begun = time.monotonic()
        words = ["--keys", str(file), "--recovery-key-file", str(recovery_key_file(settings))]
        restored = fresh.run("restore", str(repository.root), *words)
        assert restored.returncode == 0, restored.stderr
        with ledger.running_cluster(fresh.settings.data_dir, createdb=False) as cluster:
            assert hashes_of(cluster.dsn(role="dump")) == rows
        assert {name: name for name in kept} == contents(fresh)
        fresh.start()
        took = time.monotonic() - begun
        assert telemetry_sums(fresh) == sums
        verified = fresh.run("audit", "verify")
        assert verified.returncode == 0, verified.stdout + verified.stderr
        assert not lets_in(fresh, cookie), "who was signed in when the backup was made signs in anew"
        signs_in(fresh)
        assert told_of_restores(fresh) == [{"backup": made.name, "at": made.at.isoformat(), "sessions": 1}]
        fresh.stop()
        fresh.start()
        assert len(told_of_restores(fresh)) == 1
    count = sum(number for number, _ in rows.values())
    print(
        f"F14: {len(rows)} tables, {count} rows, {made.size / 1024**2:.1f} MB equal; restored and up after {took:.1f} s"
    )
    assert took < bar(15 * MINUTES)


def lets_in(home: House, cookie: str) -> bool:
    """Whether a session of before opens the first page."""
    seen = requests.get(
        f"http://localhost:{home.settings.port}/",
        cookies={"steward_session": cookie},
        allow_redirects=False,
        timeout=10,
    )
    return seen.status_code == 200


def told_of_restores(home: House) -> list[Any]:
    """What the audit says of them."""
    with psycopg.connect(ledger.find_cluster(home.settings.data_dir).dsn(role="dump")) as dump:
        rows = dump.execute(
            "select params from audit.entry where kind = 'recovery.restore.done' order by id"
        ).fetchall()
    return [each for (each,) in rows]


def place_of(home: House) -> Place:
    """Where the store of a house listens."""
    port = int((home.settings.runtime_dir / "store.port").read_text())
    return Place(
        "127.0.0.1", port, USER, (home.settings.secrets_dir / "store").read_text().strip(), DATABASE, secure=False
    )


@pytest.fixture
def elsewhere() -> Iterator[dict[str, str]]:
    """A PostgreSQL server that is somebody else's, as an operator would name it; its superuser is called otherwise than ours."""
    folder = Path(tempfile.mkdtemp(prefix="steward-elsewhere-"))
    folder.chmod(0o711)
    with ledger.running_cluster(folder / "var", fsync=False, keep=False) as made:
        with psycopg.connect(made.dsn(role="admin", database="postgres"), autocommit=True) as admin:
            admin.execute("create role boss superuser login password 'boss'")
        where = f"/there?host={made.socket_dir}"
        yield {
            "STEWARD_DATABASE_URL": f"postgresql://steward_app:a@{where}",
            "STEWARD_DATABASE_OWNER_URL": f"postgresql://steward_owner:o@{where}",
            "STEWARD_DATABASE_ADMIN_URL": f"postgresql://boss:boss@{where}",
        }
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.prove
def test_a_house_moves_to_a_server_elsewhere_and_back(elsewhere: dict[str, str]) -> None:
    boss = elsewhere["STEWARD_DATABASE_ADMIN_URL"]
    with house() as home, house(**elsewhere) as there, house() as back:
        home.start()
        child(home, SEED, json.dumps({"files": 5, "bytes": 10_000, "days": 1, "rows": 1_000}))
        rest(home)
        _moved(home, there, recovery_key(home), table_hashes(home), lambda: hashes_of(boss))
        there.start()
        assert not (there.settings.data_dir / "postgres-18").exists()
        _lives(there)
        rest(there)
        rows = hashes_of(boss)

        def in_the_embedded() -> dict[tuple[str, str], tuple[int, str]]:
            with ledger.running_cluster(back.settings.data_dir, createdb=False):
                return table_hashes(back)

        # Keys that moved are sealed for whoever had the first recovery key.
        _moved(there, back, recovery_key(home), rows, in_the_embedded)
        back.start()
        _lives(back)


def _moved(
    source: House, target: House, key: Path, rows: dict[tuple[str, str], tuple[int, str]], found: Callable[[], Any]
) -> None:
    """Back up and restore, and compare every table, the samples and the files."""
    made = source.run("backup", timeout=300)
    assert made.returncode == 0, made.stderr
    files = contents(source)
    source.stop()
    backups = str(source.settings.data_dir / "backups")
    words = ["restore", backups, "--keys", str(keys_file(source)), "--recovery-key-file", str(key)]
    restored = target.run(*words, timeout=600)
    assert restored.returncode == 0, restored.stderr
    put = found()
    assert {each for each in rows if rows[each] != put.get(each)} <= BY_ITSELF
    assert set(put) == set(rows)
    assert contents(target) == files
    assert len(files) == 5


def _lives(home: House) -> None:
    signs_in(home)
    verified = home.run("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.mark.prove
def test_the_same_at_a_size_at_which_it_takes_a_while() -> None:
    lost_and_restored({"files": 300, "bytes": 1_000_000, "days": 10, "rows": 500_000})
