# SPDX-License-Identifier: Apache-2.0
"""Where an insert's data begin, what is a word and what is a string: SQL taken apart without the engine."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.telemetry.store.errors import StoreError, from_engine
from steward.core.telemetry.store.lexer import Kind, tokens
from steward.core.telemetry.store.statement import (
    Verb,
    check_scoped,
    find_insert,
    kill_by_our_id,
    output_format,
    verb_of,
)


@pytest.mark.parametrize(
    ("sql", "head", "settings", "name", "data"),
    [
        (b"INSERT INTO t (a, b) FORMAT Native\n\x01\x02", "INSERT INTO t (a, b)", "", "Native", b"\x01\x02"),
        (b"insert into t format CSV\n1\n", "insert into t", "", "CSV", b"1\n"),
        (b"INSERT INTO t FORMAT CSV 1", "INSERT INTO t", "", "CSV", b"1"),
        (b"INSERT INTO t FORMAT CSV;\n1", "INSERT INTO t", "", "CSV", b"1"),
        (
            b"INSERT INTO t SETTINGS a = 1, b = 'FORMAT x' FORMAT CSV\n",
            "INSERT INTO t",
            "a = 1, b = 'FORMAT x'",
            "CSV",
            b"",
        ),
        (
            b"INSERT INTO t (`FORMAT`, b) -- FORMAT no\n FORMAT CSV\n\n1",
            "INSERT INTO t (`FORMAT`, b)",
            "",
            "CSV",
            b"\n1",
        ),
        ("INSERT INTO t /* é */ FORMAT CSV\né".encode(), "INSERT INTO t", "", "CSV", "é".encode()),
    ],
)
def test_an_insert_is_cut_before_its_format(sql: bytes, head: str, settings: str, name: str, data: bytes) -> None:
    found = find_insert(sql)
    assert found is not None
    assert (found.head, found.settings, found.format, sql[found.data_at :]) == (head, settings, name, data)


@pytest.mark.parametrize(
    "sql",
    [
        b"INSERT INTO t SELECT * FROM s FORMAT CSV",
        b"INSERT INTO t VALUES (1)",
        b"INSERT INTO t FORMAT Values (1)",
        b"INSERT INTO t WITH x AS (SELECT 1) SELECT * FROM x",
        b"INSERT INTO t FROM INFILE 'x' FORMAT CSV",
        b"SELECT ' INSERT INTO t FORMAT CSV'",
        b"INSERT INTO t (a)",
        b"",
    ],
)
def test_other_statements_are_left_whole(sql: bytes) -> None:
    assert find_insert(sql) is None


def test_the_token_stands_with_the_settings_and_cannot_leave_its_quotes() -> None:
    found = find_insert(b"INSERT INTO t SETTINGS a = 1 FORMAT CSV\n")
    assert found is not None
    statement = found.statement("/proc/self/fd/3", "it's \\ odd")
    assert statement == (
        "INSERT INTO t FROM INFILE '/proc/self/fd/3' COMPRESSION 'none' SETTINGS a = 1, "
        "insert_deduplication_token = 'it\\'s \\\\ odd' FORMAT CSV"
    )


@pytest.mark.parametrize(
    ("sql", "verb"),
    [
        ("select 1", Verb.SELECT),
        (" ((select 1))", Verb.SELECT),
        ("-- x\n/* y */ WITH a AS (SELECT 1) SELECT 2", Verb.SELECT),
        ("kill query where 1", Verb.KILL),
        ("drop table t", Verb.OTHER),
        ("", Verb.OTHER),
        ("-- only a comment", Verb.OTHER),
    ],
)
def test_the_verb_is_the_first_word(sql: str, verb: Verb) -> None:
    assert verb_of(sql) is verb


def test_a_kill_looks_for_the_id_that_the_client_gave() -> None:
    assert (
        kill_by_our_id("KILL QUERY WHERE query_id = 'x'")
        == "KILL QUERY WHERE splitByString('qid=', Settings['log_comment'])[2] = 'x'"
    )


def test_the_format_of_the_answer_is_read_off_the_end() -> None:
    assert output_format("select 1 FORMAT Native", "TabSeparated") == ("Native", True)
    assert output_format("select 1\nformat JSON ;\n", "TabSeparated") == ("JSON", True)
    assert output_format("select ' FORMAT CSV'", "TabSeparated") == ("TabSeparated", False)


@pytest.mark.parametrize(
    "sql",
    [
        "select format('{}', 1)",
        "select 'system.parts', client as settings from samples",
        "select default from numbers(3)",
    ],
)
def test_harmless_words_are_not_taken_for_harm(sql: str) -> None:
    check_scoped(sql)


@given(st.text(max_size=200))
def test_any_text_is_cut_into_tokens_to_its_end(text: str) -> None:
    found = list(tokens(text))
    assert all(first.end < second.end for first, second in pairwise(found))
    assert all(each.end <= len(text) for each in found)


@given(st.text(alphabet="ab'\\\n\t-/*`\"", max_size=40))
def test_a_quoted_string_is_one_token_whatever_it_holds(text: str) -> None:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    kinds = [(each.kind, each.end) for each in tokens(f"'{escaped}'x")]
    assert kinds == [(Kind.STRING, len(escaped) + 2), (Kind.WORD, len(escaped) + 3)]


@pytest.mark.parametrize(
    ("text", "code", "name"),
    [
        ("Code: 60. DB::Exception: Table x does not exist. (UNKNOWN_TABLE)", 60, "UNKNOWN_TABLE"),
        (
            "Streaming query failed: Code: 241. DB::Exception: (total) memory (MEMORY_LIMIT_EXCEEDED) (version 26.9.2.1)",
            241,
            "MEMORY_LIMIT_EXCEEDED",
        ),
        ("'utf-8' codec can't decode byte 0xff", 1002, "UNKNOWN_EXCEPTION"),
        ("", 1002, "UNKNOWN_EXCEPTION"),
    ],
)
def test_an_engines_error_keeps_its_code_and_name(text: str, code: int, name: str) -> None:
    error = from_engine(RuntimeError(text))
    assert (error.code, error.name) == (code, name)
    assert str(error).count(f"({name})") == 1
    assert from_engine(error) is error


def test_a_refusal_travels_with_a_status_of_its_own() -> None:
    assert StoreError(243, "NOT_ENOUGH_SPACE", "full").status == 507
    assert StoreError(1002, "UNKNOWN_EXCEPTION", "?").status == 500
