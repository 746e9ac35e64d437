# SPDX-License-Identifier: Apache-2.0
"""The store speaks ClickHouse's HTTP protocol as the official client expects it."""

import asyncio
import datetime
import decimal
import ipaddress
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

import clickhouse_connect
import cramjam
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError
from clickhouse_connect.driver.external import ExternalData

from tests.fixtures.store import PASSWORD, Store, until
from tests.loops import own_loop

COLUMNS = ["id", "lc", "lcn", "m", "d", "ar", "j", "tp", "u", "ip", "dc", "e"]
TABLE = """create table wk.t (id UInt32, lc LowCardinality(String), lcn LowCardinality(Nullable(String)), m Map(String, UInt32),
  d DateTime64(3, 'UTC'), ar Array(Nullable(Float64)), j JSON, tp Tuple(a Int8, b String), u UUID, ip IPv6, dc Decimal(18, 4),
  e Enum8('a' = 1, 'b' = 2)) engine = MergeTree order by id settings non_replicated_deduplication_window = 100"""
SLOW = "select count() from numbers(100000000000) where number % 7 = 3"
NOON = datetime.datetime(2024, 1, 2, 12, 4, 5, 678000, tzinfo=datetime.UTC)


def arguments(store: Store, **more: Any) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": store.port,
        "username": "steward",
        "password": PASSWORD,
        "autogenerate_session_id": False,
    } | more


def rows(count: int = 1000) -> list[list[Any]]:
    return [
        [number, "x", "y" if number % 2 else None, {"a": number}, NOON, [1.5, None], {"a": {"b": number}}, (1, "q"), uuid.UUID(int=number),
         ipaddress.ip_address("::1"), decimal.Decimal("1.25"), "b"]
        for number in range(count)
    ]  # fmt: skip


@pytest.fixture
def client(store_process: Store) -> Iterator[Client]:
    made = clickhouse_connect.get_client(**arguments(store_process))
    made.command("create database if not exists wk")
    made.command("drop table if exists wk.t")
    made.command(TABLE)
    yield made
    made.close()


def count(client: Client) -> int:
    return int(client.command("select count() from wk.t"))  # type: ignore[arg-type]  # one number


def code_of(failure: pytest.ExceptionInfo[DatabaseError]) -> int | None:
    return failure.value.code


def test_a_ping_is_answered(client: Client) -> None:
    assert client.ping() is True


def test_commands_make_tables(client: Client) -> None:
    client.command("create table wk.made (a UInt8) engine = Memory")
    assert client.command("exists table wk.made") == 1
    client.command("drop table wk.made")


def test_every_type_comes_back_as_it_went(client: Client) -> None:
    client.insert("wk.t", rows(), column_names=COLUMNS)
    back = client.query("select * from wk.t order by id").result_rows
    assert len(back) == 1000
    first = list(back[1])
    assert first[:4] == [1, "x", "y", {"a": 1}]
    assert first[4].replace(tzinfo=datetime.UTC) == NOON
    assert first[5] == [1.5, None]
    assert first[6] == {"a": {"b": 1}}
    assert first[7] in ((1, "q"), {"a": 1, "b": "q"})
    assert first[8:] == [uuid.UUID(int=1), ipaddress.ip_address("::1"), decimal.Decimal("1.25"), "b"]


def test_the_same_token_counts_once(client: Client) -> None:
    for _ in range(2):
        client.insert("wk.t", rows(), column_names=COLUMNS, settings={"insert_deduplication_token": "one"})
    assert count(client) == 1000
    client.insert("wk.t", rows(), column_names=COLUMNS, settings={"insert_deduplication_token": "two"})
    assert count(client) == 2000


def test_an_insert_from_a_select_takes_a_token_too(client: Client) -> None:
    for _ in range(2):
        client.command(
            "insert into wk.t (id) select number from numbers(10)", settings={"insert_deduplication_token": "selected"}
        )
    assert count(client) == 10


def test_arrow_is_read(client: Client) -> None:
    client.insert("wk.t", rows(5), column_names=COLUMNS)
    table = client.query_arrow("select id, lc, d, ar from wk.t limit 5")
    assert table.schema.names == ["id", "lc", "d", "ar"]
    assert table.num_rows == 5


def test_arrow_is_written(client: Client) -> None:
    client.insert_arrow("wk.t", pa.table({"id": pa.array([1, 2], pa.uint32()), "lc": ["a", "b"]}))
    assert client.query("select id, lc from wk.t order by id").result_rows == [(1, "a"), (2, "b")]


def test_data_frames_go_in_and_out(client: Client) -> None:
    client.insert_df("wk.t", pd.DataFrame({"id": np.array([5, 6], "u4"), "lc": ["q", "r"]}))
    assert client.query_df("select id, lc from wk.t order by id").values.tolist() == [[5, "q"], [6, "r"]]


@pytest.mark.parametrize(
    ("output", "body", "compression", "expected"),
    [
        ("RowBinary", b"\x01\0\0\0\x02\0\0\0", None, [1, 2]),
        ("JSONEachRow", b'{"id":3}\n{"id":4}\n', None, [3, 4]),
        ("CSV", bytes(cramjam.zstd.compress(b"5\n6\n")), "zstd", [5, 6]),
        ("CSV", bytes(cramjam.gzip.compress(b"7\n8\n")), "gzip", [7, 8]),
        ("CSV", bytes(cramjam.lz4.compress(b"9\n10\n")), "lz4", [9, 10]),
    ],
)
def test_raw_inserts_in_many_forms(
    client: Client, output: str, body: bytes, compression: str | None, expected: list[int]
) -> None:
    written = client.raw_insert("wk.t", ["id"], body, fmt=output, compression=compression).written_rows
    assert written == len(expected)
    assert [row[0] for row in client.query("select id from wk.t order by id").result_rows] == expected


def test_parameters_are_bound_by_the_engine(client: Client) -> None:
    awkward = "it's \\ \n tab\t {x:UInt8} é"
    found = client.query(
        "select {x:Array(UInt32)}, {s:String}, {n:Nullable(String)}, {d:DateTime64(3)}",
        parameters={"x": [1, 2], "s": awkward, "n": None, "d": NOON},
    ).result_rows[0]
    assert list(found[0]) == [1, 2]
    assert found[1] == awkward
    assert found[2] is None
    assert found[3].replace(tzinfo=datetime.UTC) == NOON


def test_a_setting_holds_for_one_request(client: Client) -> None:
    usual = client.command("select getSetting('max_block_size')")
    assert client.command("select getSetting('max_block_size')", settings={"max_block_size": 77}) == 77
    assert client.command("select getSetting('max_block_size')") == usual


def test_two_million_rows_stream_by(client: Client) -> None:
    total = 0
    with client.query_row_block_stream("select number, toString(number) from numbers(2000000)") as stream:
        for block in stream:
            total += len(block)
    assert total == 2_000_000


def test_an_abandoned_stream_leaves_the_store_usable(client: Client) -> None:
    with client.query_row_block_stream("select number from numbers(20000000)") as stream:
        next(iter(stream))
    assert client.command("select 1") == 1


def test_arrow_streams(client: Client) -> None:
    with client.query_arrow_stream("select number from numbers(1000000)") as stream:
        assert sum(len(batch) for batch in stream) == 1_000_000


def test_an_unknown_table_has_its_code_and_name(client: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        client.query("select * from nope")
    assert code_of(failure) == 60
    assert failure.value.name == "UNKNOWN_TABLE"


def test_an_error_in_mid_stream_is_seen(client: Client) -> None:
    seen = 0

    def read() -> None:
        nonlocal seen
        sql = "select throwIf(number = 1500000) from numbers(2000000)"
        with client.query_row_block_stream(sql, settings={"max_block_size": 10000}) as stream:
            for block in stream:
                seen += len(block)

    with pytest.raises(StreamFailureError, match="throwIf"):
        read()
    assert 0 < seen < 2_000_000
    assert client.command("select 1") == 1


def test_a_refused_insert_has_its_code_and_leaves_nothing(client: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        client.raw_insert("wk.t", ["id"], b"abc", fmt="CSV")
    assert code_of(failure) in (27, 72, 117)
    assert count(client) == 0


@pytest.mark.parametrize(
    "wrong",
    [{"password": "no"}, {"username": "default"}, {"username": "", "password": ""}, {"password": PASSWORD + "x"}],
)
def test_a_stranger_is_turned_away(store_process: Store, wrong: dict[str, str]) -> None:
    with pytest.raises(DatabaseError) as failure:
        clickhouse_connect.get_client(**arguments(store_process, **wrong))
    assert code_of(failure) == 516


def test_read_only_requests_write_nothing(client: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        client.command("insert into wk.t (id) values (1)", settings={"readonly": "1"})
    assert code_of(failure) == 164
    assert client.command("select 1", settings={"readonly": "1"}) == 1
    client.command("insert into wk.t (id) values (1)")
    assert count(client) == 1


def test_a_session_keeps_its_temporary_table(store_process: Store) -> None:
    first = clickhouse_connect.get_client(**arguments(store_process), session_id="s1")
    first.command("create temporary table x (a UInt8)")
    first.insert("x", [[1], [2]], column_names=["a"])
    assert first.command("select count() from x") == 2
    other = clickhouse_connect.get_client(**arguments(store_process), session_id="s2")
    with pytest.raises(DatabaseError):
        other.command("select count() from x")


def test_a_session_serves_one_request_at_a_time(store_process: Store) -> None:
    first = clickhouse_connect.get_client(**arguments(store_process), session_id="busy")
    second = clickhouse_connect.get_client(**arguments(store_process))
    running = threading.Thread(target=lambda: first.command("select sleep(2), 'in the session'"))
    running.start()
    until(
        lambda: second.command("select count() from system.processes where query like '%in the sess' || 'ion%'") == 1,
        1.5,
        "the query",
    )
    with pytest.raises(DatabaseError) as failure:
        second.command("select 1", settings={"session_id": "busy"})
    running.join()
    assert code_of(failure) == 373


def test_an_unknown_session_is_told_so(client: Client) -> None:
    with pytest.raises(DatabaseError) as failure:
        client.command("select 1", settings={"session_id": "never-seen", "session_check": "1"})
    assert code_of(failure) == 372


def test_a_query_is_cut_off_after_its_time(client: Client) -> None:
    begun = time.monotonic()
    with pytest.raises(DatabaseError) as failure:
        client.query(SLOW, settings={"max_execution_time": 1})
    assert code_of(failure) == 159
    assert time.monotonic() - begun < 10


def test_a_query_is_cut_off_at_its_memory(client: Client) -> None:
    settings = {"max_memory_usage": 50_000_000, "max_bytes_before_external_group_by": 0}
    with pytest.raises(DatabaseError) as failure:
        client.query("select uniqExact(number) from numbers(100000000)", settings=settings)
    assert code_of(failure) == 241


def test_a_running_query_is_killed_by_the_id_its_client_gave(store_process: Store, client: Client) -> None:
    codes: list[int | None] = []

    def run() -> None:
        own = clickhouse_connect.get_client(**arguments(store_process))
        try:
            own.query(SLOW, settings={"query_id": "abc-1", "max_execution_time": 60})
        except DatabaseError as failure:
            codes.append(failure.code)

    running = threading.Thread(target=run)
    running.start()
    processes = "select count() from system.processes where Settings['log_comment'] like '%qid=abc-1'"
    until(lambda: client.command(processes) == 1, 10, "the slow query")
    client.command("KILL QUERY WHERE query_id = 'abc-1' SYNC")
    running.join(timeout=10)
    assert codes == [394]


def test_a_table_travels_with_its_query(client: Client) -> None:
    client.insert("wk.t", rows(10), column_names=COLUMNS)
    outside = ExternalData(file_name="ids", data=b"1\n2\n300\n", fmt="CSV", structure="id UInt32")
    assert client.query(
        "select count() from wk.t where id in (select id from ids)", external_data=outside
    ).result_rows == [(2,)]
    with pytest.raises(DatabaseError):
        client.query("select count() from ids")


def test_the_answer_says_what_was_read(client: Client) -> None:
    found = client.query(
        "select sum(number) from numbers(1000000)", settings={"query_id": "mine", "wait_end_of_query": 1}
    )
    assert found.query_id == "mine"
    assert found.summary["read_rows"] == "1000000"


def test_columns_are_known_without_rows(client: Client) -> None:
    assert list(client.query("select id, lc from wk.t limit 0").column_names) == ["id", "lc"]


def test_three_hundred_thousand_rows_go_in_at_once(client: Client) -> None:
    columns = [np.arange(300000, dtype="u4"), ["z"] * 300000]
    assert client.insert("wk.t", columns, column_names=["id", "lc"], column_oriented=True).written_rows == 300000
    assert client.command("select uniqExact(id) from wk.t") == 300000


@pytest.mark.parametrize("codec", ["lz4", "zstd", "gzip", False])
def test_bodies_are_compressed_as_the_client_likes(store_process: Store, client: Client, codec: str | bool) -> None:
    own = clickhouse_connect.get_client(**arguments(store_process), compress=codec)
    own.insert("wk.t", [[9, "c"]], column_names=["id", "lc"])
    assert own.query("select id, lc from wk.t").result_rows == [(9, "c")]


@own_loop
async def test_the_async_client_is_served_as_well(store_process: Store, client: Client) -> None:
    own = await clickhouse_connect.get_async_client(**arguments(store_process))
    try:
        assert (await own.query("select {x:UInt8}", parameters={"x": 7})).result_rows == [(7,)]
        await own.insert(
            "wk.t", [[7, "as"]], column_names=["id", "lc"], settings={"insert_deduplication_token": "async"}
        )
        await own.insert(
            "wk.t", [[7, "as"]], column_names=["id", "lc"], settings={"insert_deduplication_token": "async"}
        )
        assert count(client) == 1
        total = 0
        async with await own.query_row_block_stream("select number from numbers(500000)") as stream:
            async for block in stream:
                total += len(block)
        assert total == 500000
        assert (await own.query_arrow("select 1 x")).num_rows == 1
        with pytest.raises(DatabaseError) as failure:
            await own.query("select * from nope")
        assert failure.value.code == 60
    finally:
        await own.close()


@own_loop
async def test_async_queries_run_side_by_side(store_process: Store) -> None:
    own = await clickhouse_connect.get_async_client(**arguments(store_process))
    try:
        begun = time.monotonic()
        found = await asyncio.gather(
            *[own.query("select sleep(1), {x:UInt8}", parameters={"x": each}) for each in range(4)]
        )
        assert [each.result_rows[0][1] for each in found] == [0, 1, 2, 3]
        assert time.monotonic() - begun < 3.5
    finally:
        await own.close()
