# SPDX-License-Identifier: Apache-2.0
"""Native blocks: what goes in comes back, and what can't be told apart from nonsense is refused."""

from typing import Any

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.telemetry.native import BadBlock, Column, encode_block
from tests.fixtures.store import Store

RANGES = {"UInt8": (0, 2**8), "UInt16": (0, 2**16), "UInt32": (0, 2**32), "UInt64": (0, 2**64), "Int8": (-(2**7), 2**7),
          "Int16": (-(2**15), 2**15), "Int32": (-(2**31), 2**31), "Int64": (-(2**63), 2**63)}  # fmt: skip
TEXT = st.text(max_size=300)
TABLE = """create table wk.n (i UInt32, u8 UInt8, u16 UInt16, u32 UInt32, u64 UInt64, i8 Int8, i16 Int16, i32 Int32, i64 Int64,
  f32 Float32, f64 Float64, s String, lc LowCardinality(String), m Map(LowCardinality(String), String)) engine = Memory"""


@pytest.fixture(scope="module")
def client(store_process: Store) -> Client:
    made = store_process.client()
    made.command("create database if not exists wk")
    made.command("drop table if exists wk.n")
    made.command(TABLE)
    return made


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, Column]:
    size = draw(st.integers(0, 40))
    lists = lambda each: draw(st.lists(each, min_size=size, max_size=size))  # noqa: E731  # a name for the pattern
    columns = {name.lower().replace("uint", "u").replace("int", "i"): Column(name, lists(st.integers(low, high - 1)))
               for name, (low, high) in RANGES.items()}  # fmt: skip
    return columns | {
        "f32": Column("Float32", lists(st.floats(width=32))),
        "f64": Column("Float64", lists(st.floats())),
        "s": Column("String", lists(st.one_of(TEXT, st.binary(max_size=200)))),
        "lc": Column("String", lists(TEXT)),
        "m": Column("Map(String, String)", lists(st.dictionaries(TEXT, TEXT, max_size=4))),
    }


@given(blocks())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_every_block_comes_back_as_it_went(client: Client, columns: dict[str, Column]) -> None:
    size = len(columns["s"].values)
    numbered = {"i": Column("UInt32", np.arange(size, dtype=np.uint32)), **columns}
    client.command("truncate table wk.n")
    client.raw_insert("wk.n", list(numbered), encode_block(numbered), fmt="Native")
    back = client.query("select * from wk.n order by i", query_formats={"String": "bytes"})
    found = dict(zip(back.column_names, back.result_columns, strict=True)) if size else {}
    for name, column in numbered.items() if size else ():
        assert [_plain(each) for each in found[name]] == [_plain(each) for each in _as_stored(column)], name


def _as_stored(column: Column) -> list[Any]:
    if column.type == "Float32":
        return [float(np.float32(each)) for each in column.values]
    return list(column.values)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return "nan" if np.isnan(value) else value
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        return {_plain(key): _plain(each) for key, each in value.items()}
    return value


def test_times_are_seconds_and_milliseconds(client: Client) -> None:
    client.command("create or replace table wk.times (a DateTime('UTC'), b DateTime64(3, 'UTC')) engine = Memory")
    moment = 1_700_000_000_123
    columns = {"a": Column("DateTime", [moment // 1000]), "b": Column("DateTime64(3)", np.array([moment]))}
    client.raw_insert("wk.times", list(columns), encode_block(columns), fmt="Native")
    as_dates = {
        "a": Column("DateTime", [moment // 1000]),
        "b": Column("DateTime64(3)", np.array([moment], dtype="datetime64[ms]")),
    }
    assert encode_block(as_dates) == encode_block(columns)
    seen = client.query("select toUnixTimestamp(a), toUnixTimestamp64Milli(b) from wk.times").result_rows
    assert seen == [(moment // 1000, moment)]


@pytest.mark.parametrize(
    ("columns", "named"),
    [
        ({}, "a column"),
        ({"a": Column("UInt8", [1]), "b": Column("UInt8", [1, 2])}, "b: 2 values"),
        ({"a": Column("UInt8", [256])}, "a: .*range of UInt8"),
        ({"a": Column("UInt32", np.array([-1]))}, "a: .*range of UInt32"),
        ({"a": Column("Int64", [1.5])}, "a: fractions"),
        ({"a": Column("UInt32", ["x"])}, "a: .*can't be UInt32"),
        ({"a": Column("Array(UInt8)", [[1]])}, "a: the type"),
    ],
)
def test_a_column_that_cannot_be_encoded_is_named(columns: dict[str, Column], named: str) -> None:
    with pytest.raises(BadBlock, match=named):
        encode_block(columns)
