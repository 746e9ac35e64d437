# SPDX-License-Identifier: Apache-2.0
"""What a person does on a page is seen on that page at once: it is never loaded anew, and never stands there as it was."""

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.utils import timezone
from playwright.sync_api import Page, expect

from steward.core.approvals.models import Approval
from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from tests.fixtures.actors import acting_as
from tests.fixtures.browser import Tab

OpenAs = Callable[..., Tab]
Browse = Callable[[User], Browser]
NOBODY = UUID("01890000-0000-7000-8000-000000000000")


def asked(by: User, client: Client, *, seconds: int = 3600) -> Approval:
    with acting_as(by):
        made = Approval.objects.create(
            kind="tests.question",
            client=client,
            record_kind="clients.client",
            record_uid=NOBODY,
            asked_by=by,
            permission="approvals.decide",
            expires_at=timezone.now() + timedelta(seconds=seconds),
        )
        made.refresh_from_db()
    return made


def mark(page: Page) -> None:
    """Something that a reload would lose."""
    page.evaluate("window.stewardKept = true")


def same_page(page: Page, path: str) -> bool:
    return bool(page.evaluate("window.stewardKept === true")) and page.url.endswith(path)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_an_answered_question_leaves_today_without_a_reload(
    open_as: OpenAs, acme: Client, alice: User, olga: User
) -> None:
    first, second = asked(alice, acme), asked(alice, acme, seconds=7200)
    tab = open_as(olga, "/")
    page, panel = tab.page, tab.page.locator(".st-panel", has=tab.page.get_by_role("heading", name="Approvals"))
    expect(panel.get_by_role("button", name="Approve")).to_have_count(2)
    mark(page)
    panel.get_by_role("button", name="Approve").first.click()
    expect(panel.get_by_role("button", name="Approve")).to_have_count(1)
    expect(page.locator(".st-toast")).to_contain_text("You approved")
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    panel.get_by_role("button", name="Approve").click()
    expect(panel).to_have_count(0)
    assert same_page(page, "/")
    with acting_as(olga):
        assert {each.state for each in Approval.objects.filter(pk__in=[first.pk, second.pk])} == {"approved"}
    assert tab.complaints == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_person_who_may_no_longer_sign_in_is_shown_so_without_a_reload(
    open_as: OpenAs, olga: User, tess: User
) -> None:
    tab = open_as(olga, f"/people/{tess.uid}/")
    page = tab.page
    expect(page.locator(".st-head .st-state")).to_have_text("May sign in")
    mark(page)
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Stop access").click()
    expect(page.locator(".st-head .st-state")).to_have_text("May not sign in")
    expect(page.locator(".st-toast")).to_contain_text("can no longer sign in")
    page.get_by_label("More", exact=True).click()
    page.get_by_role("button", name="Give access again").click()
    expect(page.locator(".st-head .st-state")).to_have_text("May sign in")
    assert same_page(page, f"/people/{tess.uid}/")
    assert tab.complaints == []


def heading(browser: Browser, address: str, current: str) -> str:
    """The heading of what a button at `current` is answered with."""
    headers = {"HX-Request": "true", "HX-Target": "main", "HX-Current-URL": f"http://testserver{current}"}
    answer = browser.post(address, headers=headers)
    assert answer.status_code == 200, answer
    found = re.search(r"<h1>(?:<span[^>]*>[^<]*</span>)?([^<]*)</h1>", answer.content.decode())
    assert found is not None
    return found[1].strip()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("current", "shown"),
    [
        ("/", "Today"),
        ("/people/?side=staff", "People"),
        ("/nowhere/", "tests.question"),  # no page of ours
        (f"/people/{NOBODY}/", "tests.question"),  # a page whose record is gone
        ("/accounts/login/", "tests.question"),  # a page that is not the kit's
        ("", "tests.question"),
    ],
)
def test_a_button_is_answered_with_the_page_it_stands_on(
    current: str, shown: str, acme: Client, alice: User, olga: User, browse: Browse
) -> None:
    question = asked(alice, acme)
    assert heading(browse(olga), f"/approvals/{question.uid}/verb-approve/", current) == shown


@pytest.mark.django_db
def test_a_page_that_the_person_may_not_see_is_not_shown_for_the_asking(
    acme: Client, alice: User, tess: User, browse: Browse
) -> None:
    question = asked(alice, acme)
    assert heading(browse(tess), f"/approvals/{question.uid}/verb-approve/", "/audit/") == "tests.question"
