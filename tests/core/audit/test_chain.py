# SPDX-License-Identifier: Apache-2.0
"""The chain's arithmetic, and that Python and the database agree on it under any text and any concurrency."""

import threading
from collections.abc import Sequence

from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from steward.core.audit.chain import START, Finding, Row, check, digest
from steward.core.audit.public import audit, verify
from steward.core.tenancy.public import scoped, system_scope

PARAMS = st.dictionaries(
    st.sampled_from(["a", "note", "ı"]),
    st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=30)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none(),
)
TEXTS = st.text(st.characters(blacklist_characters="\x00", blacklist_categories=("Cs",)), max_size=30)


def chain_of(entries: Sequence[tuple[str | None, ...]]) -> list[Row]:
    rows: list[Row] = []
    prev = START
    for seq, columns in enumerate(entries, 1):
        new = digest(prev, seq, columns)
        rows.append((seq, prev, new, *columns))
        prev = new
    return rows


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=1, max_size=8))
def test_a_chain_as_it_was_written_has_no_findings(entries: list[tuple[str, str | None]]) -> None:
    assert list(check(chain_of(entries))) == []


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=2, max_size=8), st.data())
def test_any_one_row_taken_out_is_found(entries: list[tuple[str, str | None]], data: st.DataObject) -> None:
    rows = chain_of(entries)
    gone = data.draw(st.integers(0, len(rows) - 2))  # the last one is for the anchor to find
    assert Finding("missing_sequence", gone + 1, f"1 missing before {gone + 2}") in list(
        check(rows[:gone] + rows[gone + 1 :])
    )


@given(st.lists(st.tuples(TEXTS, st.none() | TEXTS), min_size=2, max_size=8, unique=True), st.data())
def test_any_two_rows_exchanged_are_found(entries: list[tuple[str, str | None]], data: st.DataObject) -> None:
    rows = chain_of(entries)
    one, other = data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True))
    swapped = list(rows)
    swapped[one], swapped[other] = (*rows[one][:3], *rows[other][3:]), (*rows[other][:3], *rows[one][3:])
    assert {finding.seq for finding in check(swapped)} == {one + 1, other + 1}


def test_null_and_empty_and_shifted_columns_have_different_hashes() -> None:
    variants = [("a", None), ("a", ""), ("", "a"), ("a\x1f", None), ('a", "b',), ("a", "b")]
    assert len({digest(START, 1, columns) for columns in variants}) == len(variants)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=TEXTS, params=PARAMS)
def test_python_and_the_database_agree_on_every_text(
    transactional_db: None, name: str, params: dict[str, object]
) -> None:
    with scoped(system_scope(name)), transaction.atomic():
        audit("tests.text.add", None, **params)
    assert verify([]).clean


def test_writers_side_by_side_make_one_whole_chain(transactional_db: None) -> None:
    before = verify([]).head

    def writer() -> None:
        for _ in range(20):
            with scoped(system_scope("tests")), transaction.atomic():
                audit("tests.row.add", None)
                audit("tests.row.add", None)
        connection.close()

    threads = [threading.Thread(target=writer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    report = verify([])
    assert report.clean, report.findings[:3]
    assert report.head - before == 160


def test_a_row_of_a_transaction_that_is_undone_leaves_no_gap(transactional_db: None) -> None:
    before = verify([]).head
    with scoped(system_scope("tests")), transaction.atomic():
        audit("tests.row.add", None)
        transaction.set_rollback(True)
    with scoped(system_scope("tests")), transaction.atomic():
        audit("tests.row.add", None)
    report = verify([])
    assert report.clean
    assert report.head == before + 1
