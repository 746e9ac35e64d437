# SPDX-License-Identifier: Apache-2.0
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from steward.core.search.folding import ASKED_MAX, fold, query, vector, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IŞIK", "ışık"),
        ("İSTANBUL", "istanbul"),
        ("Istanbul", "İstanbul"),
        ("ÇÖĞÜŞ", "cogus"),
        ("DIŞ", "dis"),
        ("Straße", "STRASSE"),
        ("Ångström", "angstrom"),
        ("ﬁnance", "FINANCE"),
        ("Łódź", "lodz"),
    ],
)
def test_words_that_people_take_for_one_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@given(st.text(max_size=200))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("srv-01.acme.local", [("srv-01.acme.local", "srv", "01", "acme", "local")]),
        ("10.0.0.17 up", [("10.0.0.17", "10", "0", "0", "17"), ("up",)]),
        ("T-4821", [("t-4821", "t", "4821")]),
        ("Ayşe <ayse@birch.example>", [("ayse",), ("ayse@birch.example", "ayse", "birch", "example")]),
        ("--- ''' \\ \0", []),
    ],
)
def test_words_are_found_whole_and_in_parts(text: str, expected: list[tuple[str, ...]]) -> None:
    assert list(words(text)) == expected


@pytest.mark.parametrize("text", ["", " ", "a", "ı", "'", "&|!:*()", "\\"])
def test_too_little_is_no_query(text: str) -> None:
    assert query(text) is None


def test_a_query_looks_for_the_beginnings_of_all_words() -> None:
    assert query("Işık so") == "'isik':* & 'so':*"
    assert query("acme.local") == "('acme.local':* | ('acme' & 'local':*))"
    assert str(query("ab " * 50)).count("&") == ASKED_MAX - 1


@pytest.mark.django_db
@given(st.text(max_size=200), st.text(max_size=200), st.text(min_size=2, max_size=40))
def test_whatever_is_typed_postgresql_takes_it(title: str, body: str, asked: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select %s::tsvector @@ %s::tsquery", [vector(title, body), query(asked) or "'x'"])
        assert cursor.fetchone()[0] in (True, False, None)


@pytest.mark.django_db
@given(st.lists(st.text(alphabet="aıiIİşğ01-._ ", min_size=3, max_size=12), min_size=1, max_size=4))
def test_a_text_is_found_by_its_own_words(parts: list[str]) -> None:
    text = " ".join(parts)
    asked = query(text)
    if asked is None or len(list(words(text))) > ASKED_MAX:
        return
    with connection.cursor() as cursor:
        cursor.execute("select %s::tsvector @@ %s::tsquery", [vector("", text), asked])
        assert cursor.fetchone()[0] is True


def test_a_book_is_cut_to_what_an_index_holds() -> None:
    kept = vector("title", "word " * 100_000)
    assert kept.count(",") < 250
    assert "'title':1A" in kept
