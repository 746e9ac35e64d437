# SPDX-License-Identifier: Apache-2.0
"""Long work on an open page: it moves when the work moves, without asking for it; it asks only while nothing can tell of it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.operations import moving
from steward.core.operations import work as working
from steward.core.operations.public import Operation, OperationKind
from steward.core.operations.work import Work, _begin, end_operation
from steward.core.tenancy.public import Client
from tests.core.operations import sample_work
from tests.fixtures.actors import acting_as, make_person
from tests.fixtures.browser import Tab
from tests.fixtures.live import LiveProcess

pytestmark = [pytest.mark.alone, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OpenAs = Callable[..., Tab]
POLL_MS = 5_000
PART = '<html><body><p id="{0}">new {0}</p></body></html>'


def begun(owner: User, client: Client | None) -> tuple[Operation, Work]:
    with acting_as(owner):
        made = Operation.objects.create(kind="tests.unknown", client=client, owner=owner, total=200)
        made.refresh_from_db()
        work = _begin(made.uid)
    assert work is not None
    return made, work


def listening(live: LiveProcess, open_as: OpenAs, person: User, made: Operation) -> Page:
    live.start()
    page = open_as(person, f"/operations/{made.uid}/").page
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=20_000)
    return page


def move(owner: User, work: Work, done: int) -> None:
    with acting_as(owner), work.step(done=done):
        pass


def asked(page: Page) -> list[str]:
    """Every request for the page's own address from now on."""
    found: list[str] = []
    address = page.url
    page.on("request", lambda request: found.append(request.url) if request.url == address else None)
    return found


def bar(page: Page, percent: int) -> None:
    expect(page.locator("#work [role=progressbar]")).to_have_attribute("aria-valuenow", str(percent), timeout=20_000)


def test_the_bar_moves_when_the_work_moves_and_the_page_asks_for_nothing_else(
    live: LiveProcess, open_as: OpenAs, acme: Client, alice: User
) -> None:
    made, work = begun(alice, acme)
    page = listening(live, open_as, alice, made)
    bar(page, 0)
    requests = asked(page)
    for done, percent in ((50, 25), (100, 50)):
        move(alice, work, done)
        bar(page, percent)
    told = len(requests)
    assert told == 2, "one request for each movement"
    page.wait_for_timeout(POLL_MS * 1.5)
    assert len(requests) == told, "it does not ask while it would be told"
    with acting_as(alice):
        end_operation(made.uid, Operation.State.DONE)
    expect(page.locator("#work .st-state")).to_have_text("Done", timeout=20_000)
    expect(page.locator("#announce")).to_have_text("Done")
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_cut_stream_is_made_up_for_by_asking_and_taken_up_again(
    live: LiveProcess, open_as: OpenAs, acme: Client, alice: User
) -> None:
    made, work = begun(alice, acme)
    page = listening(live, open_as, alice, made)
    live.cut()
    expect(page.locator("html")).to_have_attribute("data-live", "off", timeout=20_000)
    move(alice, work, 50)
    bar(page, 25)
    live.start()
    expect(page.locator("html")).to_have_attribute("data-live", "on", timeout=60_000)
    expect(page.locator("#live-lost")).to_have_count(0)
    move(alice, work, 100)
    bar(page, 50)


def ten_seconds(page: Page, holds: Callable[[], bool]) -> None:
    for _each in range(100):
        if holds():
            return
        page.wait_for_timeout(100)
    raise AssertionError("not within ten seconds")


def test_what_changes_while_the_answer_is_on_its_way_is_asked_for_again(
    live: LiveProcess, open_as: OpenAs, acme: Client, alice: User
) -> None:
    made, work = begun(alice, acme)
    page = listening(live, open_as, alice, made)
    page.evaluate("document.addEventListener('st:live', () => { window.told = (window.told ?? 0) + 1; })")
    held: list[Any] = []

    def hold(route: Route) -> None:
        held.append((route, route.fetch()))

    page.route(page.url, hold, times=1)
    move(alice, work, 50)
    ten_seconds(page, lambda: bool(held))
    move(alice, work, 100)
    # Asked from outside: what waits within the page would have to be allowed to make code of text, and nothing is.
    ten_seconds(page, lambda: page.evaluate("window.told") == 2)
    [(route, answer)] = held
    route.fulfill(response=answer)
    bar(page, 50)


def test_many_parts_that_change_at_once_are_all_asked_for(
    live: LiveProcess, open_as: OpenAs, acme: Client, alice: User
) -> None:
    made, work = begun(alice, acme)
    page = listening(live, open_as, alice, made)
    page.route("**/part-*/", lambda route: route.fulfill(body=PART.format(route.request.url.split("/")[-2])))
    page.evaluate(
        """() => { const topic = document.querySelector("#work").dataset.live;
        for (const each of ["part-1", "part-2", "part-3", "part-4"]) {
          const made = document.createElement("p");
          Object.assign(made.dataset, { live: topic, liveSrc: `/${each}/` });
          made.id = each;
          document.querySelector("#main").append(made);
        } }"""
    )
    move(alice, work, 50)
    bar(page, 25)
    for each in range(1, 5):
        expect(page.locator(f"#part-{each}")).to_have_text(f"new part-{each}", timeout=20_000)


def test_a_colleague_who_can_not_be_told_asks_from_time_to_time(
    open_as: OpenAs, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen_by_others = OperationKind("tests.unknown", "Count", sample_work.count.task, "audit.view", {})
    monkeypatch.setitem(working._kinds, "tests.unknown", seen_by_others)
    made, work = begun(olga, None)
    otto = make_person("Otto Owner", Role.OWNER)
    own, other = (open_as(person, f"/operations/{made.uid}/").page.locator("#work") for person in (olga, otto))
    assert str(own.get_attribute("data-live")).startswith(f"p.{olga.uid}.")
    assert other.get_attribute("data-live") == ""
    move(olga, work, 50)
    bar(other.page, 25)


@pytest.mark.parametrize("whose", ["client", "own", "nobody"])
def test_a_movement_is_told_where_its_readers_may_hear(
    whose: str, acme: Client, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("steward.core.ui.long_work.notify_live", told.append)
    with acting_as(olga):
        made = Operation.objects.create(
            kind="tests.unknown", client=acme if whose == "client" else None, owner=None if whose == "nobody" else olga
        )
        made.refresh_from_db()
        _begin(made.uid)
        end_operation(made.uid, Operation.State.DONE)
    expected = {
        "client": f"c.{acme.uid}.operations.operation.{made.uid}",
        "own": f"p.{olga.uid}.operations.operation.{made.uid}",
        "nobody": "",
    }[whose]
    assert told == ([expected, expected] if expected else [])


def test_whoever_listens_is_told_in_the_transaction_of_the_movement(
    acme: Client, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Any] = []
    _made, work = begun(alice, acme)
    monkeypatch.setattr(moving, "_hearers", [heard.append])
    with acting_as(alice):
        with work.step(done=7):
            assert heard == []
        assert [each.pk for each in heard] == [work.pk]
