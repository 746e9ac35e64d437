# SPDX-License-Identifier: Apache-2.0
"""The table kit: one state for URL, API, file and saved view; pages that keep their place; a fixed number of queries."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from django.db import connection
from django.http import QueryDict
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Refused, RefusedMany, Role, StaffClient
from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.core.ui.models import SavedView
from steward.core.ui.pages.audit import AUDIT
from steward.core.ui.pages.people import PEOPLE
from steward.core.ui.table.saved import save_view
from steward.core.ui.table.state import TableState
from steward.core.ui.table.table import Table
from tests.fixtures.actors import Acting, make_person

Browse = Callable[[User], Browser]
HX = {"HX-Request": "true"}


def crowd(count: int, **more: Any) -> None:
    """Many members of staff; every seventh has signed in."""
    User.objects.bulk_create(
        User(email=f"p{n:05}@crowd.example", name=f"P {n % 13:02}", side="staff", password="!", **more)
        for n in range(count)
    )


words = st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=20
)


@given(
    q=words | st.just(""),
    filters=st.dictionaries(
        st.sampled_from(["side", "role", "client", "when"]), st.lists(words, min_size=1, max_size=4)
    ),
    sort=st.sampled_from(["", "name", "-name"]),
    limit=st.integers(1, 200),
)
def test_a_state_survives_the_url_and_the_saved_view(
    q: str, filters: dict[str, list[str]], sort: str, limit: int
) -> None:
    state = TableState.from_query(QueryDict(mutable=True))
    for key, values in filters.items():
        state = state.with_filter(key, values)
    state = TableState(q.strip(), state.filters, sort, "", limit)
    assert TableState.from_query(QueryDict(state.query())) == state
    assert TableState.from_json(state.as_json()).asks_the_same(state)


def every_page(table: Table, state: TableState, between: Callable[[int], None] = lambda _n: None) -> list[list[Any]]:
    pages, cursor = [], ""
    while True:
        found = table.slice(state.at(cursor))
        pages.append(found.rows)
        if not found.next:
            return pages
        between(len(pages))
        cursor = found.next


@pytest.mark.parametrize("sort", ["name", "-name", "last_login", "-last_login", "email", "client", "-client"])
def test_pages_hold_every_row_once_in_the_lists_order(sort: str, olga: User, acting: Acting) -> None:
    crowd(157)
    User.objects.filter(email__endswith="7@crowd.example").update(last_login="2026-11-01T10:00:00Z")
    with acting(olga):
        state = TableState(sort=sort, limit=10)
        pages = every_page(PEOPLE, state)
        rows = [row.pk for page in pages for row in page]
        assert rows == [row.pk for row in PEOPLE.every(state)]
        assert len(set(rows)) == 158
        assert len(pages) == 16


def test_rows_that_arrive_meanwhile_neither_repeat_nor_hide_others(olga: User, acting: Acting) -> None:
    crowd(60)

    def arrive(page: int) -> None:
        User.objects.create_user(f"a{page}@new.example", side="staff", name=f"P 0{page}")

    with acting(olga):
        before = {row.pk for row in PEOPLE.every(TableState())}
        seen = [row.pk for page in every_page(PEOPLE, TableState(limit=7), arrive) for row in page]
    assert len(seen) == len(set(seen))
    assert before <= set(seen)


def test_going_back_leads_where_one_came_from(olga: User, acting: Acting) -> None:
    crowd(45)
    with acting(olga):
        state = TableState(sort="-name", limit=10)
        first = PEOPLE.slice(state)
        second = PEOPLE.slice(state.at(first.next))
        third = PEOPLE.slice(state.at(second.next))
        back = PEOPLE.slice(state.at(third.previous))
        home = PEOPLE.slice(state.at(back.previous))
    assert [row.pk for row in back.rows] == [row.pk for row in second.rows]
    assert [row.pk for row in home.rows] == [row.pk for row in first.rows]
    assert (first.before, second.before, third.before, back.before, home.before) == (0, 10, 20, 10, 0)
    assert not home.previous


@pytest.mark.parametrize("cursor", ["x", "eyJhIjoxfQ", "W10:1abc:2def", "\N{SNOWMAN}", "a" * 2000])
def test_a_cursor_that_is_not_ours_is_refused(cursor: str, olga: User, acting: Acting) -> None:
    with acting(olga), pytest.raises(Refused, match="cursor"):
        PEOPLE.slice(TableState(cursor=cursor))


def test_a_cursor_of_another_order_is_refused(olga: User, acting: Acting) -> None:
    crowd(30)
    with acting(olga):
        found = PEOPLE.slice(TableState(sort="name", limit=10))
        with pytest.raises(Refused, match="cursor"):
            PEOPLE.slice(TableState(sort="-name", limit=10, cursor=found.next))


@pytest.mark.parametrize(("rows", "queries"), [(10, 9), (100, 9), (300, 10), (1000, 10)])
def test_the_number_of_queries_does_not_grow_with_the_rows(rows: int, queries: int, olga: User, browse: Browse) -> None:
    crowd(rows)
    browser = browse(olga)
    asked, list_alone = (
        "/people/?side=staff&q=p&limit=200",
        {**HX, "HX-Target": "list"},
    )  # without the navigation's counts
    browser.get(asked, headers=list_alone)
    with CaptureQueriesContext(connection) as made:
        answer = browser.get(asked, headers=list_alone)
    assert answer.status_code == 200
    # session, person, roles, second factor; savepoint; page, views, clients offered; release; a count where there is a next page
    assert len(made) == queries, "\n".join(each["sql"][:200] for each in made.captured_queries)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("side=nobody", "“nobody” is not known here. Use one of: staff, client."),
        ("colour=red", "There is no filter “colour”."),
        ("sort=password", "can&#x27;t be sorted by “password”"),
        ("client=nowhere", "No client is called “nowhere”."),
        ("active=perhaps", "“perhaps” is not known here."),
    ],
)
def test_a_filter_that_is_not_understood_is_said_and_no_row_shown(
    query: str, words: str, olga: User, browse: Browse
) -> None:
    page = browse(olga).get(f"/people/?{query}").content.decode()
    assert words in page
    assert "data-id=" not in page
    answer = browse(olga).get(f"/api/v1/people?{query}")
    if not query.startswith("colour"):
        assert answer.status_code == 422
        assert answer.json()["error"]["fields"][0]["field"] == query.partition("=")[0]


def test_a_fragment_is_the_list_alone(olga: User, browse: Browse) -> None:
    page = browse(olga).get("/people/", headers={**HX, "HX-Target": "list"}).content.decode()
    assert 'id="list"' in page
    assert "<html" not in page


def test_a_saved_view_is_a_tab_for_its_owner_alone(olga: User, tess: User, browse: Browse) -> None:
    mine = browse(olga)
    answer = mine.post("/people/views/?side=staff&sort=-name", {"name": "Ours"}, headers=HX)
    saved = SavedView.objects.get()
    assert answer["HX-Location"] == f"/people/?side=staff&sort=-name&view={saved.uid}"
    assert "Ours" in mine.get("/people/").content.decode()
    assert "Ours" not in browse(tess).get("/people/").content.decode()
    assert browse(tess).post(f"/people/views/{saved.uid}/delete/").status_code == 404
    mine.post(f"/people/views/{saved.uid}/delete/")
    assert not SavedView.objects.exists()


def test_a_shared_view_is_seen_by_staff_and_never_by_a_client(
    olga: User, tess: User, alice: User, browse: Browse
) -> None:
    browse(olga).post("/people/views/?side=client", {"name": "Birch only", "shared": "on"})
    assert "Birch only" in browse(tess).get("/people/").content.decode()
    assert "Birch only" not in browse(alice).get("/people/").content.decode()
    assert browse(alice).post("/people/views/", {"name": "x", "shared": "on"}).status_code == 403


def test_a_view_of_a_client_that_others_shared_is_seen_by_who_may_see_the_client(
    olga: User, acme: Client, birch: Client, browse: Browse
) -> None:
    lena = make_person("Lena Limited", Role.SERVICE_MANAGER, all_clients=False)
    StaffClient.objects.create(user=lena, client=birch)
    for query, name in (
        ("client=acme", "Acme merges"),
        ("client=birch", "Birch moves"),
        ("client=acme&client=birch", "Both"),
    ):
        browse(olga).post(f"/assets/views/?{query}", {"name": name, "shared": "on"})
    page = browse(lena).get("/assets/").content.decode()
    assert "Birch moves" in page
    assert "Acme merges" not in page
    assert ">Both" not in page
    assert "Acme merges" in browse(olga).get("/assets/").content.decode()


FORMULAS = ("=HYPERLINK(1)", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "|calc", " =1")


def test_a_file_holds_no_formula(olga: User, acme: Client, browse: Browse) -> None:
    for number, text in enumerate(FORMULAS):
        User.objects.create_user(f"f{number}@acme.example", side="client", client=acme, name=text)
    answer = browse(olga).get("/people/export.csv?side=client")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))
    names = [row[1] for row in rows[1:]]
    assert sorted(names) == sorted(f"'{text}" for text in FORMULAS)
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+\-@|\t]", cell)]


def test_a_file_holds_the_same_rows_as_the_list_and_the_api(olga: User, browse: Browse) -> None:
    crowd(30)
    browser = browse(olga)
    asked = "q=crowd&sort=-email"
    file = list(
        csv.DictReader(
            io.StringIO(b"".join(browser.get(f"/people/export.csv?{asked}").streaming_content).decode("utf-8-sig"))
        )
    )
    plain = yaml.safe_load(b"".join(browser.get(f"/people/export.yaml?{asked}").streaming_content))
    items = browser.get(f"/api/v1/people?{asked}&limit=200").json()["items"]
    assert [row["uid"] for row in file] == [row["uid"] for row in plain] == [row["uid"] for row in items]
    assert plain == items
    assert len(items) == 30


def test_a_clients_file_holds_their_rows_alone(alice: User, bob: User, olga: User, browse: Browse) -> None:
    text = b"".join(browse(alice).get("/people/export.csv").streaming_content).decode()
    assert alice.email in text
    assert bob.email not in text
    assert olga.email not in text


def test_chosen_rows_must_all_be_there(olga: User, bob: User, alice: User, acting: Acting) -> None:
    with acting(alice):
        assert PEOPLE.chosen([str(alice.uid)])
        for wrong in ([], [str(bob.uid)], [str(alice.uid), str(olga.uid)], ["x"]):
            with pytest.raises(RefusedMany):
                PEOPLE.chosen(wrong)


def test_rows_whose_key_is_no_number_are_paged_too(olga: User, acting: Acting) -> None:
    with acting(olga) as actor:
        for number in range(23):
            save_view("ui.people", f"View {number}", TableState(), actor=actor, shared=True)
        for sort in ("-at", "kind"):
            rows = [row.pk for page in every_page(AUDIT, TableState(sort=sort, limit=5)) for row in page]
            assert len(rows) == len(set(rows)) >= 23
