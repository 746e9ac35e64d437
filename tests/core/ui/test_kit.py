# SPDX-License-Identifier: Apache-2.0
"""The kit's other parts: declaring, slots, forms, steps, charts, topics, the palette."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django import forms
from django.db import connection, transaction
from django.http import Http404, HttpResponse
from django.template import Context, Template
from django.test import Client as Browser
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.core.ui.charts import window_of
from steward.core.ui.devices import device_words
from steward.core.ui.forms import FormContext, submitted
from steward.core.ui.models import Draft
from steward.core.ui.pages.people import people_list
from steward.core.ui.palette import _fits, found_for
from steward.core.ui.registry import PAGES, BadPage, Kind, Nav, page, verb
from steward.core.ui.routes import page_urls
from steward.core.ui.slots import SLOTS, Panel, panels_for
from steward.core.ui.steps import Step, stepped
from steward.core.ui.toasts import Done
from steward.core.ui.topics import BadTopic, Topic, notify_live, person_topic, topic
from steward.core.ui.words.pseudo import pseudo
from steward.settings import ledger
from steward.web import urls
from tests.fixtures.actors import Acting

Browse = Callable[[User], Browser]
assert urls.urlpatterns, "every room's pages are declared by now"


# Declaring


def test_an_address_belongs_to_one_page_and_ends_with_a_slash() -> None:
    def somewhere(_request: Any) -> None: ...

    somewhere.__module__ = "steward.core.ui.pages.people"
    for route in ("people/", "elsewhere"):
        with pytest.raises(BadPage):
            page(route, permission="people.view", kind=Kind.LIST, title="x")(somewhere)
    assert "ui.somewhere" not in PAGES


def test_keys_lead_to_one_page() -> None:
    def somewhere(_request: Any) -> None: ...

    somewhere.__module__ = "steward.core.ui.pages.people"
    nav = Nav("house", "x", icon="users", keys="g p")
    with pytest.raises(BadPage, match="keys g p lead to ui"):
        page("somewhere/", permission="people.view", kind=Kind.LIST, title="x", nav=nav)(somewhere)
    assert "ui.somewhere" not in PAGES


def test_the_thumb_reaches_what_is_needed_first(olga: User, alice: User, browse: Browse) -> None:
    """As drawn: today, tickets, pages."""

    def reached(person: User) -> list[str]:
        bar = browse(person).get("/").content.decode().partition('class="st-tabbar"')[2].partition("</nav>")[0]
        return re.findall(r'<a href="([^"]+)"', bar)

    assert reached(olga) == ["/", "/tickets/", "/oncall/"]
    assert reached(alice) == ["/", "/tickets/", "/assets/"]


def test_a_verb_is_declared_once_and_on_a_page() -> None:
    with pytest.raises(BadPage):
        verb(pytest.fail, "x", permission="people.view")(len)
    assert "export" not in PAGES[f"ui.{people_list.__name__}"].verbs


def test_fixed_words_are_asked_before_parts_of_an_address() -> None:
    routes = [str(pattern.pattern) for pattern in page_urls()]
    assert routes.index("people/invite/") < routes.index("people/<uuid:uid>/")


# Slots


@pytest.fixture
def filled() -> Iterator[list[str]]:
    """A slot with three panels: one for everybody, one for owners, one that has nothing to say."""
    shown: list[str] = []

    def says(name: str) -> Callable[..., Any]:
        return lambda _request, _record: shown.append(name) or None

    SLOTS["test.slot"] = [
        Panel("test.slot", name, permission, order, "x.html", says(name))
        for name, permission, order in (
            ("second", "signed-in", 20),
            ("first", "signed-in", 10),
            ("owners", "audit.view", 5),
        )
    ]
    SLOTS["test.slot"].sort(key=lambda each: each.order)
    yield shown
    del SLOTS["test.slot"]


def test_a_slot_shows_in_order_what_the_reader_may_see(
    filled: list[str], olga: User, tess: User, acting: Acting
) -> None:
    for person, expected in ((olga, ["owners", "first", "second"]), (tess, ["first", "second"])):
        filled.clear()
        with acting(person):
            assert [each.name for each in panels_for("test.slot")] == expected
            text = Template('{% load kit %}{% slot "test.slot" %}').render(
                Context({"request": RequestFactory().get("/")})
            )
        assert filled == expected
        assert text == ""


# Forms


class NameForm(forms.Form):
    name = forms.CharField(label="Name")
    kind = forms.ChoiceField(label="Kind", choices=[("a", "First"), ("b", "Second")])


def sent(values: dict[str, str], person: User, address: str = "/x/") -> Any:
    request = RequestFactory().post(address, values)
    request.user, request.session = person, {}
    return request


def test_a_refusal_without_its_field_stands_over_the_form(tess: User, acting: Acting) -> None:
    def refuses(_values: dict[str, Any]) -> Done:
        Draft.objects.create(owner=tess, form="half", values={})
        raise Refused("elsewhere", "Not today.")

    request = sent({"name": "x", "kind": "a"}, tess)
    with acting(tess):
        answer = submitted(request, NameForm(request.POST), refuses)
        assert isinstance(answer, FormContext)
        assert answer.status == 422
        assert answer.form.non_field_errors() == ["Not today."]
        assert not Draft.objects.exists(), "what was done before the refusal is undone"


def test_what_is_dangerous_is_typed_out(tess: User, acting: Acting) -> None:
    done: list[str] = []

    def act(values: dict[str, Any]) -> Done:
        done.append(values["name"])
        return Done("Done.", goto="/there/")

    with acting(tess):
        for typed in ("", "ACME", "acme2"):
            request = sent({"name": "x", "kind": "a", "typed": typed}, tess)
            answer = submitted(request, NameForm(request.POST), act, typed="acme")
            assert isinstance(answer, FormContext)
        request = sent({"name": "x", "kind": "a", "typed": " acme "}, tess)
        found = submitted(request, NameForm(request.POST), act, typed="acme")
    assert isinstance(found, HttpResponse)
    assert found["Location"] == "/there/"
    assert done == ["x"]
    assert request.session["steward_toasts"] == [{"text": "Done."}]


class MoreForm(forms.Form):
    count = forms.IntegerField(label="Count")


STEPS = [Step("who", "Who", NameForm), Step("more", "More", MoreForm)]


def test_steps_are_kept_over_days_and_reviewed_before_anything_happens(tess: User, omar: User, acting: Acting) -> None:
    done: list[dict[str, Any]] = []

    def act(values: dict[str, Any]) -> Done:
        done.append(values)
        return Done("Done.", goto="/there/")

    def step(person: User, values: dict[str, str] | None = None, query: str = "") -> Any:
        request = sent(values, person, f"/x/{query}") if values is not None else RequestFactory().get(f"/x/{query}")
        if values is None:
            request.user, request.session = person, {}
        with acting(person):
            return stepped(request, "test.steps", STEPS, act, submit="Do it")

    first = step(tess)
    assert [each.state for each in first.steps] == ["now", "", ""]
    assert step(tess, {"name": "", "kind": "a"}).status == 422
    assert isinstance(step(tess, {"name": "Ada", "kind": "b"}), HttpResponse)
    second = step(tess)
    assert [each.state for each in second.steps] == ["done", "now", ""]
    assert step(omar).steps[0].state == "now", "a draft belongs to one person"
    assert step(tess, query="?step=review").steps[1].state == "now", "the review comes after the last step"
    step(tess, {"count": "7"})
    review = step(tess)
    assert [(group["title"], [fact["text"] for fact in group["facts"]]) for group in review.review] == [
        ("Who", ["Ada", "Second"]),
        ("More", ["7"]),
    ]
    assert not done
    step(tess, {"name": "Eda", "kind": "b"}, "?step=who")
    step(tess, {})
    assert done == [{"name": "Eda", "kind": "b", "count": 7}]
    assert not Draft.objects.filter(owner=tess).exists()
    with pytest.raises(Http404):
        step(tess, query="?step=nothing")


# Charts


def test_a_chart_asks_for_a_bounded_range() -> None:
    window = window_of(RequestFactory().get("/", {"from": "1700000000", "to": "1700003600", "points": "60"}))
    assert (window.points, window.step) == (60, 60.0)
    assert window_of(RequestFactory().get("/", {"points": "1000000"})).points == 2000


@pytest.mark.parametrize(
    "query",
    [
        {"from": "x"},
        {"from": "nan"},
        {"to": "-1"},
        {"from": "10", "to": "5"},
        {"from": "0", "to": "1700000000"},
        {"points": "1e400"},
        {"to": "1" * 400},
    ],
)
def test_a_range_that_is_none_is_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refused):
        window_of(RequestFactory().get("/", query))


# Live


def test_topics_are_written_in_one_way(acme: Client, tess: User) -> None:
    text = topic(acme, "assets.asset", "01890000-0000-7000-8000-000000000000")
    assert Topic.parse(text).of_any == Topic.parse(topic(acme, "assets.asset"))
    assert Topic.parse(person_topic(tess, "operations.operation")).whose == "p"
    for wrong in ("", "c.x.y.z", "c.1.2", f"q{text[1:]}", text + "x", "c." + "a." * 200, text.replace("-", "'")):
        with pytest.raises(BadTopic):
            Topic.parse(wrong)


@pytest.mark.django_db(transaction=True)
def test_what_changed_is_told_when_it_is_committed_and_not_before(
    ledger_cluster: ledger.Cluster, acme: Client, tess: User
) -> None:
    told = topic(acme, "assets.asset")
    dsn = ledger_cluster.dsn(role="owner", database=connection.settings_dict["NAME"])
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute("listen steward_live")
        with transaction.atomic():
            notify_live(told)
            transaction.set_rollback(True)
        with transaction.atomic():
            notify_live(told)
            assert not list(listener.notifies(timeout=0.2, stop_after=1))
        assert [each.payload for each in listener.notifies(timeout=5, stop_after=1)] == [told]


# The palette


def test_the_palette_finds_pages_that_the_reader_may_see(olga: User, alice: User, acting: Acting) -> None:
    with acting(olga):
        labels = [item.label for group in found_for("aud") for item in group.items]
        assert labels == ["Audit"]
        assert any(group.label == "Pages" for group in found_for(""))
    with acting(alice):
        assert found_for("aud") == []


@pytest.mark.parametrize(
    ("asked", "words"), [("iş", "İŞLER"), ("ISI", "ısı"), ("sit", "Site's list"), ("a b", "Beta alpha"), ("", "x")]
)
def test_words_are_found_in_either_spelling(asked: str, words: str) -> None:
    assert _fits(asked, words)


def test_half_a_word_in_the_middle_is_not_found() -> None:
    assert not _fits("udit", "Audit")


# Words


@given(st.text(st.characters(categories=["L", "N", "P", "Zs"], max_codepoint=0x17F), max_size=60))
def test_the_pseudo_form_keeps_what_stands_for_something_else(text: str) -> None:
    message = f"{text} %(name)s {{n}} <b class='x'>y</b> &nbsp; 100%%"
    said = pseudo(message)
    for kept in ("%(name)s", "{n}", "<b class='x'>", "</b>", "&nbsp;", "%%"):
        assert kept in said
    assert said.strip().startswith("[")
    assert said.strip().endswith("]")


def test_a_device_is_named_without_repeating_what_it_says() -> None:
    chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36"
    assert device_words(chrome) == "Chrome on Linux"
    assert device_words("<script>alert(1)</script>") == "Unknown device"
