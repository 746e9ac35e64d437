# SPDX-License-Identifier: Apache-2.0
"""The link in a message: for one person and one page, looked at without harm, used once, gone after a while."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.rest.limits import buckets
from steward.core.tenancy.public import scoped, system_scope
from steward.desk.oncall import links
from steward.desk.oncall.actions import page_end
from steward.desk.oncall.models import AnswerLink, EscalationPolicy, Page
from steward.web.middleware.request_log import shown_path
from tests.desk.oncall.conftest import OpenPage, again
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


@pytest.fixture
def page(policy: EscalationPolicy, open_page: OpenPage) -> Page:
    return open_page('"><script>alert(1)</script> switch is down')


@pytest.fixture
def link(page: Page, tess: User) -> str:
    """The path of Tess's link."""
    with scoped(system_scope("tests")), transaction.atomic():
        return "/" + links.link_for(page, tess).split("/", 3)[3]


@pytest.fixture
def stranger() -> Browser:
    """A phone on which nobody is signed in; it checks what a browser would be asked for."""
    return Browser(enforce_csrf_checks=True)


def key_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def words(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_looking_changes_nothing(stranger: Browser, page: Page, link: str) -> None:
    for look in (stranger.get, stranger.head, stranger.get):
        answer = look(link)
        assert answer.status_code == 200
        assert not answer.cookies
    for method in ("put", "delete", "patch", "options"):
        assert getattr(stranger, method)(link).status_code in (403, 405)
    assert again(page).state == Page.State.OPEN
    assert again(page).acknowledged_at is None


def test_the_page_is_told_to_nobody_else(stranger: Browser, link: str) -> None:
    answer = stranger.get(link)
    assert answer["Referrer-Policy"] == "strict-origin"
    assert answer["Cache-Control"] == "no-store"
    assert "noindex" in answer["X-Robots-Tag"]
    assert shown_path(link) == "/oncall/answer/…"
    assert "<script>alert(1)" not in words(answer)
    assert "switch is down" in words(answer)


def test_a_phone_without_an_account_acknowledges_by_the_button_alone(
    stranger: Browser, page: Page, link: str, tess: User
) -> None:
    assert 'name="key"' in words(stranger.get(link))
    answer = stranger.post(link, {"key": key_of(link)})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "You acknowledged it. Nobody else is called." in words(answer)
    found = again(page)
    assert (found.state, found.acknowledged_by, found.acknowledged_via) == (Page.State.ACKNOWLEDGED, tess, "link")


def test_a_replay_changes_nothing_and_says_so(stranger: Browser, page: Page, link: str) -> None:
    stranger.post(link, {"key": key_of(link)})
    before = again(page).acknowledged_at
    answer = stranger.post(link, {"key": key_of(link)})
    assert "It was acknowledged already; nothing was changed." in words(answer)
    assert again(page).acknowledged_at == before
    assert 'name="key"' not in words(stranger.get(link))


def test_what_is_over_stays_over(stranger: Browser, page: Page, link: str, olga: User, acting: Acting) -> None:
    with acting(olga) as actor:
        page_end(page, actor=actor)
    assert "It was over already" in words(stranger.post(link, {"key": key_of(link)}))
    assert again(page).state == Page.State.ENDED


def test_a_post_without_the_key_in_its_body_does_nothing(stranger: Browser, page: Page, link: str) -> None:
    """What a mail scanner that sends forms would send, or another page."""
    for body in ({}, {"key": ""}, {"key": key_of(link)[:-1]}, {"key": "x" * 43}):
        answer = stranger.post(link, body)
        assert answer.status_code == 400
        assert "nothing was done" in words(answer)
    assert again(page).state == Page.State.OPEN


@pytest.mark.parametrize(
    "wrong", ["none", "x" * 43, "x" * 65, "%00", "..%2f..", "'%20or%201=1--", "ü" * 43], ids=lambda each: each[:6]
)
def test_a_wrong_link_says_so(stranger: Browser, page: Page, wrong: str) -> None:
    for send in (stranger.get, lambda path: stranger.post(path, {"key": wrong})):
        answer = send(f"/oncall/answer/{wrong}/")
        assert answer.status_code == 404
    assert again(page).state == Page.State.OPEN


def test_an_expired_link_says_so_and_does_nothing(stranger: Browser, page: Page, link: str) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        for row in AnswerLink.objects.all():
            AnswerLink.objects.filter(pk=row.pk).update(expires_at=row.expires_at - links.LASTS - timedelta(seconds=1))
    for answer in (stranger.get(link), stranger.post(link, {"key": key_of(link)})):
        assert answer.status_code == 410
        assert "This link has expired." in words(answer)
        assert "switch is down" not in words(answer)
    assert again(page).state == Page.State.OPEN


def test_the_link_of_somebody_who_left_does_nothing(stranger: Browser, page: Page, link: str, tess: User) -> None:
    User.objects.filter(pk=tess.pk).update(is_active=False)
    assert stranger.post(link, {"key": key_of(link)}).status_code == 410
    assert again(page).state == Page.State.OPEN


def test_a_link_answers_its_own_page_alone(stranger: Browser, page: Page, link: str, open_page: OpenPage) -> None:
    other = open_page("Another thing")
    stranger.post(link, {"key": key_of(link), "page": other.number, "number": other.number})
    assert again(page).state == Page.State.ACKNOWLEDGED
    assert again(other).state == Page.State.OPEN


def test_whoever_is_signed_in_the_link_acts_for_its_own_person(
    page: Page, link: str, tess: User, omar: User, browse: Callable[[User], Browser]
) -> None:
    browse(omar).post(link, {"key": key_of(link)})
    assert again(page).acknowledged_by == tess


def test_only_the_hash_is_kept(link: str) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        (row,) = AnswerLink.objects.all()
        assert key_of(link) not in str(vars(row))
        assert row.key_hash == links.key_hash(key_of(link))


def test_guessing_is_slowed_down_and_does_not_shut_out_who_knows(
    stranger: Browser, page: Page, link: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "_clock", lambda: 0.0)  # nothing fills again meanwhile
    answers = [stranger.get(f"/oncall/answer/{number:043}/").status_code for number in range(58)]
    assert set(answers) == {404}
    assert stranger.post(link, {"key": key_of(link)}).status_code == 200
    slowed = [stranger.get(f"/oncall/answer/{number:043}/") for number in range(20)]
    assert slowed[-1].status_code == 429
    assert int(slowed[-1]["Retry-After"]) >= 1


def test_another_site_cannot_press_the_button(stranger: Browser, page: Page, link: str) -> None:
    answer = stranger.post(link, {"key": key_of(link)}, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert again(page).state == Page.State.OPEN


def test_the_words_are_those_of_the_person(stranger: Browser, link: str, tess: User) -> None:
    User.objects.filter(pk=tess.pk).update(language="tr")
    assert 'lang="tr"' in words(stranger.get(link))
