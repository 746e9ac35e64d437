# SPDX-License-Identifier: Apache-2.0
"""The pages about long work, approvals, messages and dead jobs, with something on them."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.approvals.models import Approval
from steward.core.identity.public import User
from steward.core.notify.public import Channel
from steward.core.operations.public import Operation
from steward.core.tenancy.public import Client
from tests.fixtures.actors import Acting

Browse = Callable[[User], Browser]


@pytest.fixture
def work(acme: Client, alice: User, acting: Acting) -> Operation:
    with acting(alice):
        made = Operation.objects.create(
            kind="export.of-a-test", client=acme, owner=alice, state="running", total=200, done=50
        )
        made.refresh_from_db()
    return made


@pytest.fixture
def asked(acme: Client, alice: User, olga: User, acting: Acting) -> Approval:
    with acting(olga):
        made = Approval.objects.create(
            kind="assets.of-a-test",
            client=acme,
            record_kind="clients.client",
            record_uid=UUID("01890000-0000-7000-8000-000000000000"),
            asked_by=alice,
            permission="approvals.decide",
            expires_at=timezone.now() + timedelta(hours=1),
        )
        made.refresh_from_db()
    return made


def test_alice_sees_how_far_her_work_is_and_stops_it(
    work: Operation, acme: Client, alice: User, bob: User, browse: Browse, acting: Acting
) -> None:
    page = browse(alice).get(f"/operations/{work.uid}/").content.decode()
    assert 'aria-valuenow="25"' in page
    assert "50 of 200 (25 %)" in page
    assert f'data-live="c.{acme.uid}.operations.operation.{work.uid}"' in page
    assert "hx-trigger" not in page.partition('id="work"')[2]
    assert browse(bob).get(f"/operations/{work.uid}/").status_code == 404
    assert browse(bob).post(f"/operations/{work.uid}/verb-stop/").status_code == 404
    assert browse(alice).post(f"/operations/{work.uid}/verb-stop/").status_code == 302
    with acting(alice):
        work.refresh_from_db()
    assert work.cancel_requested_at is not None
    assert "verb-stop" not in browse(alice).get(f"/operations/{work.uid}/").content.decode()


def test_an_open_question_stands_on_today_of_those_who_may_answer(
    asked: Approval, olga: User, alice: User, browse: Browse
) -> None:
    address = f"/approvals/{asked.uid}/"
    assert address in browse(olga).get("/").content.decode()
    assert address not in browse(alice).get("/").content.decode(), "she asked it herself"
    own = browse(alice).get(address).content.decode()
    assert "verb-approve" not in own
    assert "verb-withdraw" in own


def test_olga_approves_and_it_is_no_longer_asked(asked: Approval, olga: User, browse: Browse, acting: Acting) -> None:
    browser = browse(olga)
    answer = browser.post(f"/approvals/{asked.uid}/verb-approve/", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "You approved" in answer["HX-Trigger"]
    assert answer["HX-Retarget"] == "#main"
    with acting(olga):
        asked.refresh_from_db()
    assert asked.state == "approved"
    again = browser.post(f"/approvals/{asked.uid}/verb-approve/", headers={"HX-Request": "true"})
    assert again.status_code == 422
    assert again["HX-Reswap"] == "none"


def test_a_rejection_says_why(asked: Approval, olga: User, browse: Browse, acting: Acting) -> None:
    browser = browse(olga)
    assert browser.post(f"/approvals/{asked.uid}/reject/", {"reason": " "}).status_code == 422
    assert browser.post(f"/approvals/{asked.uid}/reject/", {"reason": "Not today"}).status_code == 302
    assert "Not today" in browser.get(f"/approvals/{asked.uid}/").content.decode()


def test_a_channels_address_is_never_shown_again(olga: User, browse: Browse, acting: Acting) -> None:
    browser = browse(olga)
    secret = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcevi7FQQQQQQ/"
    answer = browser.post("/notifications/channels/new/", {"name": "Ops room", "url": secret})
    with acting(olga):
        made = Channel.objects.get()
    assert answer["Location"] == f"/notifications/channels/{made.uid}/"
    for path in ("/notifications/", f"/notifications/channels/{made.uid}/"):
        page = browser.get(path).content.decode()
        assert "Ops room" in page
        assert "TIiajkdnlazkcevi7" not in page
    assert browser.post("/notifications/channels/new/", {"name": "Ops room", "url": secret}).status_code == 422
    browser.post(f"/notifications/channels/{made.uid}/", {"name": "Ops two", "enabled": "on"})
    with acting(olga):
        made.refresh_from_db()
    assert (made.name, made.enabled) == ("Ops two", True)
