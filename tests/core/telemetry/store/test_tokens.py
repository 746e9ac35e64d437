# SPDX-License-Identifier: Apache-2.0
"""A token without its part does not make the engine acknowledge what it never wrote."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.telemetry.native import encode_block
from steward.core.telemetry.public import Column
from steward.core.telemetry.store.tokens import part_of, strike_unwritten, unwritten
from tests.fixtures.store import Store, running_store

TABLE = """create table {name} (v UInt64) engine = MergeTree order by v partition by intDiv(v, 100)
  settings non_replicated_deduplication_window = 100"""


def _put(store: Store, value: int) -> None:
    columns = {"v": Column("UInt64", [value])}
    settings = {"insert_deduplication_token": f"b{value}"}
    store.client().raw_insert("k", list(columns), encode_block(columns), fmt="Native", settings=settings)


def _stored(store: Store) -> list[tuple[int, int]]:
    found = store.client().query("select v, count() from k group by v order by v").result_rows
    return [(value, count) for value, count in found]


def _folder(store: Store) -> Path:
    [logs] = (store.folder / "store").glob("store/*/*/deduplication_logs")
    return logs.parent


def test_an_insert_whose_token_was_written_and_whose_part_was_not_is_taken_again(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        store.client().command(TABLE.format(name="k"))
        for each in (1, 2, 3, 101):
            _put(store, each)
        store.kill()
        # As it lies there when the engine is killed between the two.
        shutil.rmtree(_folder(store) / "0_3_3_0")
        store.start()
        assert _stored(store) == [(1, 1), (2, 1), (101, 1)]
        for each in (1, 2, 3, 101):
            _put(store, each)
        assert _stored(store) == [(1, 1), (2, 1), (3, 1), (101, 1)]


def test_what_was_merged_or_dropped_stays_known_or_forgotten(tmp_path: Path) -> None:
    with running_store(tmp_path) as store:
        client = store.client()
        client.command(TABLE.format(name="k"))
        for each in (1, 2, 3, 101):
            _put(store, each)
        client.command("optimize table k final")
        client.command("alter table k drop partition 1")
        store.kill()
        assert strike_unwritten(store.folder / "store") == 0
        store.start()
        for each in (1, 2, 3, 101):
            _put(store, each)
        assert _stored(store) == [(1, 1), (2, 1), (3, 1), (101, 1)]


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("all_4_4_0", ("all", 4, 4)),
        ("202611_1_15_3_16", ("202611", 1, 15)),
        ("tmp_insert_all_4_4_0", ("tmp_insert_all", 4, 4)),
        ("detached", None),
        ("deduplication_logs", None),
    ],
)
def test_names_of_parts(name: str, part: object) -> None:
    assert part_of(name) == part


BLOCKS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.sampled_from("12")), max_size=20)
PARTS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 9), st.integers(1, 9)), max_size=5)


@given(BLOCKS, PARTS)
def test_struck_is_what_was_added_last_and_lies_in_no_part(
    entries: list[tuple[str, int, str]], parts: list[tuple[str, int, int]]
) -> None:
    lines = [f"{operation}\t{partition}_{block}_{block}_0\ttoken{block}" for partition, block, operation in entries]
    expected = set()
    for partition, block, _operation in entries:
        last = [each for each in entries if each[:2] == (partition, block)][-1][2]
        covered = any(each == partition and block in range(first, end + 1) for each, first, end in parts)
        if last == "1" and not covered:
            expected.add((f"{partition}_{block}_{block}_0", f"token{block}"))
    assert unwritten(lines, parts) == expected


def test_a_log_that_is_not_understood_is_left_as_it_is(tmp_path: Path) -> None:
    folder = tmp_path / "store/abc/uuid/deduplication_logs"
    folder.mkdir(parents=True)
    file = folder / "deduplication_log_1.txt"
    file.write_text("1\tsomething\ttoken\n9\tall_1_1_0\tother\n1\tall_2_2_0\t\n\nx\n")
    assert strike_unwritten(tmp_path) == 0
    assert file.read_text().startswith("1\tsomething")
