# SPDX-License-Identifier: Apache-2.0
"""Reading by name: in the scope, and in none other."""

import time
from pathlib import Path

import numpy as np
import pytest
from django.db import transaction

from steward.core.telemetry import named_sql
from steward.core.telemetry.named_sql import BadSQL, NamedSQL
from steward.core.telemetry.public import (
    TelemetryError,
    TelemetrySlow,
    TelemetryUnavailable,
    insert_samples,
    ping,
    query,
    telemetry_status,
)
from steward.core.tenancy.public import ALL, Actor, NoScope, Scope, scoped
from tests.fixtures.actors import make_client
from tests.fixtures.store import Store, in_force, running_store

ALICE = Actor("person", "Alice", frozenset())
NOW = int(time.time() * 1000) // 30_000 * 30_000


def scope(*clients: int) -> Scope:
    return Scope(ALICE, frozenset(clients))


@pytest.fixture
def samples(store: Store) -> None:
    sid = np.arange(100, dtype=np.uint32)
    insert_samples(sid // 10, sid, np.full(100, NOW), sid.astype(float), token="samples")


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> dict[str, NamedSQL]:
    """Statements of a room made up for a test, beside the real ones."""
    statements = dict(named_sql.room_statements())
    monkeypatch.setattr(named_sql, "room_statements", lambda: statements)
    return statements


def last(sids: list[int]) -> set[int]:
    found = query("telemetry.last_samples", sids=sids, since=NOW / 1000 - 60)
    return {int(each) for each in found["sid"]}


@pytest.mark.usefixtures("samples")
def test_a_query_sees_the_clients_of_the_scope() -> None:
    with scoped(scope(3)):
        assert last(list(range(100))) == set(range(30, 40))
    with scoped(scope(3, 7)):
        assert last(list(range(100))) == set(range(30, 40)) | set(range(70, 80))
    with scoped(scope()):
        assert last(list(range(100))) == set()


@pytest.mark.usefixtures("store")
def test_without_a_scope_nothing_is_asked() -> None:
    with pytest.raises(NoScope):
        query("telemetry.last_samples", sids=[1], since=0.0)


@pytest.mark.django_db
@pytest.mark.usefixtures("store")
def test_every_client_means_those_there_are() -> None:
    acme, birch = make_client("Acme"), make_client("Birch")
    client = np.array([acme.pk, birch.pk, 4_000_000_000], dtype=np.uint32)
    insert_samples(client, np.array([1, 2, 3], dtype=np.uint32), np.full(3, NOW), np.ones(3), token="all")
    with scoped(Scope(ALICE, ALL)), transaction.atomic():
        assert last([1, 2, 3]) == {1, 2}
    with scoped(scope(birch.pk)):
        assert last([1, 2, 3]) == {2}


@pytest.mark.usefixtures("samples")
def test_the_clients_cannot_be_given_by_hand() -> None:
    with scoped(scope(3)), pytest.raises(TypeError, match="scope"):
        query("telemetry.last_samples", sids=[1], since=0.0, clients=[7])


@pytest.mark.usefixtures("samples")
def test_the_store_limits_a_statement_that_does_not(added: dict[str, NamedSQL]) -> None:
    sql = "SELECT client FROM samples WHERE length({clients:Array(UInt32)}) < 99 GROUP BY client"
    added["sample.careless"] = NamedSQL("careless", "Mentions the clients and does nothing with them.", sql)
    with scoped(scope(3)):
        assert query("sample.careless")["client"].tolist() == [3]


@pytest.mark.usefixtures("samples")
def test_a_statement_may_not_leave_the_telemetry_tables(added: dict[str, NamedSQL]) -> None:
    sql = "SELECT name FROM system.tables WHERE length({clients:Array(UInt32)}) < 99"
    added["sample.nosy"] = NamedSQL("nosy", "Looks where it must not.", sql)
    with scoped(scope(3)), pytest.raises(TelemetryError, match="no access to system"):
        query("sample.nosy")


@pytest.mark.usefixtures("samples")
def test_a_statement_without_clients_is_not_run(added: dict[str, NamedSQL]) -> None:
    added["sample.open"] = NamedSQL("open", "Forgets the clients.", "SELECT count() FROM samples")
    with scoped(scope(3)), pytest.raises(BadSQL, match=r"sample\.open"):
        query("sample.open")


@pytest.mark.usefixtures("store")
def test_a_query_that_takes_too_long_is_given_up(added: dict[str, NamedSQL]) -> None:
    sql = "SELECT count() FROM numbers(100000000000) WHERE number % 7 = length({clients:Array(UInt32)})"
    added["sample.slow"] = NamedSQL("slow", "Takes for ever.", sql)
    begun = time.monotonic()
    with scoped(scope(3)), pytest.raises(TelemetrySlow):
        query("sample.slow", seconds=1)
    assert time.monotonic() - begun < 10


@pytest.mark.usefixtures("samples")
def test_a_result_has_columns_and_rows() -> None:
    with scoped(scope(3)):
        found = query("telemetry.last_samples", sids=[30, 31], since=NOW / 1000 - 60)
        nothing = query("telemetry.last_samples", sids=[99], since=NOW / 1000 - 60)
    assert len(found) == 2
    assert found["v"].tolist() == [30.0, 31.0]
    assert [row["sid"] for row in found.dicts()] == [30, 31]
    assert found["ts"].astype("datetime64[ms]").astype(int).tolist() == [NOW, NOW]
    assert len(nothing) == 0
    assert nothing["v"].size == 0
    assert list(nothing.dicts()) == []


def test_a_store_that_is_down_is_unavailable_and_found_again_on_another_port(tmp_path: Path) -> None:
    with running_store(tmp_path) as own:
        with in_force(own):
            ping()
            own.kill()
            with pytest.raises(TelemetryUnavailable):
                ping()
            with scoped(scope(3)), pytest.raises(TelemetryUnavailable):
                query("telemetry.last_samples", sids=[1], since=0.0)
            with pytest.raises(TelemetryUnavailable):
                insert_samples(np.ones(1, "u4"), np.ones(1, "u4"), np.array([NOW]), np.ones(1), token="down")
        own.start()
        with in_force(own), scoped(scope(3)), pytest.raises(TelemetryUnavailable, match="not been migrated"):
            query("telemetry.last_samples", sids=[1], since=0.0)


def test_without_a_port_file_the_store_is_not_running(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEWARD_TELEMETRY_URL", raising=False)
    with scoped(scope(3)), pytest.raises(TelemetryUnavailable, match="not running"):
        query("telemetry.last_samples", sids=[1], since=0.0)


@pytest.mark.usefixtures("samples")
def test_the_status_counts_what_is_there() -> None:
    status = telemetry_status()
    assert status.rows["samples"] == 100
    assert status.size["samples"] > 0
