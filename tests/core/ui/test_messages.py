# SPDX-License-Identifier: Apache-2.0
"""Inbox and bell, the record of a message, senders of mail, how one wants to be told: pages and endpoints."""

import re
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from steward.core.access.public import Role, StaffClient
from steward.core.approvals.models import Approval
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import BouncedAddress, Delivery, InboxItem, MailIdentity, Notice, Wishes
from steward.core.notify.public import send
from steward.core.notify.queries import address_hash
from steward.core.operations.public import Operation
from steward.core.rest.limits import buckets
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.core.ui.bell import inbox_topic, told_topic
from steward.core.ui.pages.inbox import INBOX
from steward.core.ui.table.state import TableState
from steward.settings.env import get_settings
from steward.settings.ledger import Cluster
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting, make_person

Browse = Callable[[User], Browser]
JSON = {"content_type": "application/json"}
NOBODYS = UUID("01890000-0000-7000-8000-000000000000")


@pytest.fixture(autouse=True)
def fresh_buckets() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


@pytest.fixture
def mail(db: None) -> Iterator[Handler]:
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


@pytest.fixture
def asked(acme: Client, olga: User, acting: Acting) -> Approval:
    with acting(olga):
        made = Approval.objects.create(
            kind="assets.of-a-test",
            client=acme,
            record_kind="clients.client",
            record_uid=acme.uid,
            permission="approvals.decide",
            expires_at=timezone.now() + timedelta(hours=1),
        )
        made.refresh_from_db(fields=["uid"])
    return made


def tell_of(approval: Approval, person: User) -> InboxItem:
    """Tell a person of a question, as the room of approvals does."""
    params = {"approval": f"approvals.approval:{approval.uid}", "record": f"clients.client:{approval.client.uid}"}
    with scoped(system_scope("tests")), transaction.atomic():
        send("approvals.asked", to=person, params=params, client=approval.client)
    return InboxItem.objects.filter(person=person).latest("pk")


def log_of(person: User) -> Delivery:
    with scoped(system_scope("tests")), transaction.atomic():
        return Delivery.objects.select_related("notice").filter(notice__person=person).latest("pk")


# Inbox and bell


@pytest.mark.django_db
def test_a_message_leads_to_its_record_and_is_read_then(asked: Approval, alice: User, browse: Browse) -> None:
    item = tell_of(asked, alice)
    browser = browse(alice)
    page = browser.get("/inbox/").content.decode()
    assert "Your approval is asked for: Acme" in page
    assert "1 unread" in page
    assert 'aria-label="Inbox, 1 unread"' in browser.get("/account/").content.decode()
    answer = browser.get(f"/inbox/{item.uid}/")
    assert (answer.status_code, answer["Location"]) == (302, f"/approvals/{asked.uid}/")
    item.refresh_from_db()
    assert item.read_at is not None
    assert 'aria-label="Inbox, nothing unread"' in browser.get("/inbox/bell/").content.decode()
    assert "Nothing unread" in browser.get("/inbox/").content.decode()


@pytest.mark.django_db
def test_a_message_is_said_in_the_language_of_its_reader(asked: Approval, alice: User, browse: Browse) -> None:
    tell_of(asked, alice)
    english = browse(alice).get("/inbox/").content.decode()
    User.objects.filter(pk=alice.pk).update(language="tr")
    alice.refresh_from_db()
    turkish = browse(alice).get("/inbox/").content.decode()
    assert "Your approval is asked for: Acme" in english
    assert "Your approval is asked for" not in turkish
    assert "Acme" in turkish
    with connection.cursor() as cursor:
        cursor.execute("select json_agg(i)::text from notify_inboxitem i")
        assert "asked for" not in cursor.fetchone()[0]


@pytest.mark.django_db
def test_what_somebody_else_was_told_is_not_there(asked: Approval, alice: User, olga: User, browse: Browse) -> None:
    item = tell_of(asked, alice)
    browser = browse(olga)
    assert "Your approval is asked for" not in browser.get("/inbox/").content.decode()
    for uid in (item.uid, NOBODYS):
        assert browser.get(f"/inbox/{uid}/").status_code == 404
        assert browser.post(f"/api/v1/inbox/{uid}/read", **JSON).status_code == 404
        answer = browser.post("/inbox/bulk-read/", {"ids": [str(uid)]}, headers={"HX-Request": "true"})
        assert answer.status_code == 422
    assert browser.get("/api/v1/inbox").json()["items"] == []
    assert browser.post("/inbox/verb-read-all/").status_code == 302
    item.refresh_from_db()
    assert item.read_at is None


@pytest.mark.django_db
def test_one_many_and_all_are_marked_as_read(asked: Approval, alice: User, browse: Browse) -> None:
    items = [tell_of(asked, alice) for _ in range(4)]
    browser = browse(alice)
    browser.post("/inbox/bulk-read/", {"ids": [str(items[0].uid), str(items[1].uid)]})
    assert browser.get("/api/v1/inbox/unread").json() == {"unread": 2}
    assert browser.post(f"/api/v1/inbox/{items[2].uid}/read", **JSON).json() == {"read": 1, "unread": 1}
    assert browser.post(f"/api/v1/inbox/{items[2].uid}/read", **JSON).json() == {"read": 0, "unread": 1}
    unread = browser.get("/api/v1/inbox?unread=yes").json()["items"]
    assert [(each["uid"], each["state"], each["path"]) for each in unread] == [
        (str(items[3].uid), "unread", f"/approvals/{asked.uid}/")
    ]
    assert browser.post("/api/v1/inbox/read", **JSON).json() == {"read": 1, "unread": 0}
    assert "Mark all as read" not in browser.get("/inbox/").content.decode()


@pytest.mark.django_db
def test_a_message_whose_record_the_reader_may_not_see_says_so(asked: Approval, bob: User, browse: Browse) -> None:
    """Bob is of another client: no title, no address, no word of Acme."""
    params = {"approval": f"approvals.approval:{asked.uid}", "record": f"clients.client:{asked.client.uid}"}
    item = InboxItem.objects.create(person=bob, kind="approvals.asked", params=params)
    item.refresh_from_db()
    page = browse(bob).get(f"/inbox/{item.uid}/")
    assert page.status_code == 200
    assert "Acme" not in page.content.decode()
    assert str(asked.uid) not in page.content.decode()
    assert "There is no page to go to" in page.content.decode()


@pytest.mark.django_db
def test_a_kind_that_nobody_declares_any_more_is_still_shown(alice: User, browse: Browse) -> None:
    InboxItem.objects.create(person=alice, kind="gone.away", params={"x": "assets.asset:nonsense"})
    assert "gone.away" in browse(alice).get("/inbox/").content.decode()
    assert browse(alice).get("/inbox/export.csv").status_code == 200


@pytest.mark.django_db
def test_the_inbox_takes_a_fixed_number_of_queries(asked: Approval, alice: User, acting: Acting) -> None:
    counts = []
    for more in (3, 30):
        for _ in range(more):
            tell_of(asked, alice)
        with acting(alice), CaptureQueriesContext(connection) as asked_for:
            INBOX.slice(TableState(limit=50))
        counts.append(len(asked_for))
    assert counts[0] == counts[1] <= 6


@pytest.mark.django_db(transaction=True)
def test_the_bell_is_told_when_something_came_and_when_it_was_read(
    asked: Approval, alice: User, browse: Browse, ledger_cluster: Cluster
) -> None:
    dsn = ledger_cluster.dsn(role="owner", database=connection.settings_dict["NAME"])
    browser = browse(alice)
    with psycopg.connect(dsn, autocommit=True) as listener:
        listener.execute("listen steward_live")
        tell_of(asked, alice)
        run_until_idle()
        came = [each.payload for each in listener.notifies(timeout=5, stop_after=2)]
        assert came == [inbox_topic(alice.uid), told_topic(alice.uid)]
        browser.post("/api/v1/inbox/read", **JSON)
        run_until_idle()
        assert [each.payload for each in listener.notifies(timeout=5, stop_after=1)] == [inbox_topic(alice.uid)]
    page = browser.get("/account/").content.decode()
    assert f'data-live="{inbox_topic(alice.uid)}" data-live-src="/inbox/bell/"' in page


@pytest.mark.django_db
def test_long_work_that_ended_leads_to_its_page(acme: Client, alice: User, browse: Browse, acting: Acting) -> None:
    with acting(alice):
        work = Operation.objects.create(kind="tests.export", client=acme, owner=alice, state="done", total=1, done=1)
        work.refresh_from_db()
    with scoped(system_scope("tests")), transaction.atomic():
        params = {"operation": f"operations.operation:{work.uid}", "state": "done"}
        send("operations.ended", to=alice, params=params, client=acme)
    item = InboxItem.objects.get(person=alice)
    assert browse(alice).get(f"/inbox/{item.uid}/")["Location"] == f"/operations/{work.uid}/"


# The record of a message


@pytest.mark.django_db(transaction=True)
def test_the_page_of_a_message_has_every_attempt_and_sends_again(
    asked: Approval, alice: User, olga: User, mail: Handler, browse: Browse
) -> None:
    mail.rcpt = "550 5.1.1 no such user <b>here</b>"
    tell_of(asked, alice)
    run_until_idle()
    delivery = log_of(alice)
    browser = browse(olga)
    assert f"/notifications/{delivery.uid}/" in browser.get("/notifications/").content.decode()
    page = browser.get(f"/notifications/{delivery.uid}/").content.decode()
    for words in (
        "550 5.1.1 no such user &lt;b&gt;here&lt;/b&gt;",
        "Sent back",
        "Address refused for good",
        delivery.message_id.strip("<>"),
        "approvals.asked",
        "alice@acme.example",
        "Mail to this address comes back.",
        "Your approval is asked for: Acme",
    ):
        assert words in page, words
    mail.rcpt = ""
    assert browser.post(f"/notifications/{delivery.uid}/verb-again/").status_code == 302
    run_until_idle()
    after = browser.get(f"/api/v1/notifications/{delivery.uid}").json()
    assert (after["state"], [each["outcome"] for each in after["attempts"]]) == ("sent", ["bounced", "sent"])
    assert after["message_id"] == delivery.message_id == mail.taken[0]["Message-ID"]
    assert "comes back" not in browser.get(f"/notifications/{delivery.uid}/").content.decode()
    again = browser.post(f"/api/v1/notifications/{delivery.uid}/retry", **JSON)
    assert again.status_code == 422
    assert again.json()["error"]["fields"][0]["field"] == "delivery"


@pytest.mark.django_db
def test_what_was_sent_for_acme_is_not_there_for_staff_of_birch(
    asked: Approval, alice: User, birch: Client, browse: Browse
) -> None:
    tell_of(asked, alice)
    lena = make_person("Lena Limited", Role.SERVICE_MANAGER, all_clients=False)
    StaffClient.objects.create(user=lena, client=birch)
    browser = browse(lena)
    for uid in (log_of(alice).uid, NOBODYS):
        assert browser.get(f"/notifications/{uid}/").status_code == 404
        assert browser.get(f"/api/v1/notifications/{uid}").status_code == 404
        assert browser.post(f"/api/v1/notifications/{uid}/retry", **JSON).status_code == 404


@pytest.mark.django_db
def test_the_words_of_a_mail_about_an_account_are_not_on_its_page(alice: User, olga: User, browse: Browse) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        notice = Notice.objects.create(
            client=alice.client, kind="notify.account_mail", person=alice, language="en", sealed="kanarya"
        )
        delivery = Delivery.objects.create(client=alice.client, notice=notice, way="mail")
        delivery.refresh_from_db()
    page = browse(olga).get(f"/notifications/{delivery.uid}/").content.decode()
    assert "Mail about an account" in page
    assert "kanarya" not in page


@pytest.mark.django_db
def test_aud_looks_and_can_not_send_again(asked: Approval, alice: User, aud: User, browse: Browse) -> None:
    tell_of(asked, alice)
    uid = log_of(alice).uid
    assert browse(aud).get(f"/notifications/{uid}/").status_code == 200
    assert browse(aud).post(f"/notifications/{uid}/verb-again/").status_code == 403
    assert browse(alice).get(f"/notifications/{uid}/").status_code == 403


# Senders of mail


@pytest.mark.django_db(transaction=True)
def test_olga_gives_a_client_a_sender_and_sees_it_in_a_test(
    acme: Client, olga: User, mail: Handler, browse: Browse, acting: Acting
) -> None:
    browser = browse(olga)
    assert "All mail comes from one address" in browser.get("/notifications/senders/").content.decode()
    given = {"client": "acme", "name": "Acme Help", "address": "help@acme.example", "reply_to": "desk@acme.example"}
    answer = browser.post("/notifications/senders/new/", given)
    with acting(olga):
        made = MailIdentity.objects.get()
    assert answer["Location"] == f"/notifications/senders/{made.uid}/"
    assert browser.post(f"{answer['Location']}verb-test/").status_code == 302
    run_until_idle()
    (message,) = mail.taken
    assert message["From"] == "Acme Help <help@acme.example>"
    assert message["Reply-To"].startswith("desk+")
    assert "Acme Help" in browser.get("/notifications/senders/").content.decode()
    again = browser.post("/notifications/senders/new/", given)
    assert again.status_code == 422
    assert "There is a sender for this already" in again.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("address", "nobody"),
        ("address", "a b@acme.example"),
        ("address", "help@acme"),
        ("address", "yardım@acme.example"),
        ("address", "help@acme.example\nBcc: x@evil.example"),
        ("reply_to", "@acme.example"),
        ("reply_to", f"{'x' * 48}@acme.example"),
        ("name", "Acme\x07Help"),
        ("name", "x" * 121),
        ("client", "birch"),
    ],
)
def test_a_sender_that_can_not_be_is_refused_by_the_name_of_its_field(
    field: str, value: str, acme: Client, olga: User, browse: Browse, acting: Acting
) -> None:
    given = {"client": "acme", "name": "Acme", "address": "help@acme.example", "reply_to": ""} | {field: value}
    answer = browse(olga).post("/api/v1/senders", given, **JSON)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["error"]["fields"]] == [field]
    page = browse(olga).post("/notifications/senders/new/", given)
    assert page.status_code == 422
    assert f'id="id_{field}_error"' in page.content.decode()
    with acting(olga):
        assert not MailIdentity.objects.exists()


@pytest.mark.django_db
def test_a_domain_of_other_letters_is_kept_as_mail_servers_read_it(olga: User, browse: Browse) -> None:
    made = browse(olga).post("/api/v1/senders", {"address": "destek@kuzeyışık.example"}, **JSON)
    assert made.status_code == 201
    assert made.json()["address"].startswith("destek@xn--")


@pytest.mark.django_db
def test_a_sender_is_changed_taken_away_and_put_back(acme: Client, olga: User, browse: Browse, acting: Acting) -> None:
    browser = browse(olga)
    made = browser.post("/api/v1/senders", {"client": "acme", "address": "a@acme.example"}, **JSON).json()
    changed = browser.put(f"/api/v1/senders/{made['uid']}", {"address": "b@acme.example"}, **JSON).json()
    assert (changed["uid"], changed["address"]) == (made["uid"], "b@acme.example")
    removed = browser.post(f"/notifications/senders/{made['uid']}/verb-remove/")
    assert removed["Location"] == "/notifications/senders/"
    token = browser.session["steward_toasts"][-1]["undo"]["token"]
    with acting(olga):
        assert not MailIdentity.objects.exists()
    browser.post("/undo/", {"token": token})
    with acting(olga):
        assert MailIdentity.objects.get().address == "b@acme.example"
    listed = browser.get("/api/v1/senders").json()["items"]
    assert [(each["client"], each["address"]) for each in listed] == [("acme", "b@acme.example")]
    assert browser.delete(f"/api/v1/senders/{listed[0]['uid']}").status_code == 204


@pytest.mark.django_db
def test_a_manager_of_birch_touches_neither_acmes_sender_nor_the_msps_own(
    acme: Client, birch: Client, olga: User, browse: Browse
) -> None:
    lena = make_person("Lena Limited", Role.SERVICE_MANAGER, all_clients=False)
    StaffClient.objects.create(user=lena, client=birch)
    theirs = browse(olga).post("/api/v1/senders", {"client": "acme", "address": "a@acme.example"}, **JSON).json()
    browser = browse(lena)
    for uid in (theirs["uid"], NOBODYS):
        assert browser.get(f"/notifications/senders/{uid}/").status_code == 404
        assert browser.put(f"/api/v1/senders/{uid}", {"address": "x@evil.example"}, **JSON).status_code == 404
        assert browser.delete(f"/api/v1/senders/{uid}").status_code == 404
    for client, field in ((None, "client"), ("acme", "client")):
        answer = browser.post("/api/v1/senders", {"client": client, "address": "x@evil.example"}, **JSON)
        assert (answer.status_code, answer.json()["error"]["fields"][0]["field"]) == (422, field)
    assert browser.post("/api/v1/senders", {"client": "birch", "address": "b@birch.example"}, **JSON).status_code == 201


# How one wants to be told


@pytest.mark.django_db
def test_alice_chooses_on_her_own_page(alice: User, olga: User, browse: Browse) -> None:
    browser = browse(alice)
    assert "/account/messages/" in browser.get("/account/").content.decode()
    form = browser.get("/account/messages/").content.decode()
    assert 'name="ways-approvals-asked" value="mail"' in form
    assert "My own channel" not in form
    chosen = re.findall(r'name="(ways-[\w-]+)" value="mail"[^>]*checked', form)
    kept_ways = {name: ["mail"] for name in chosen if name != "ways-approvals-asked"}
    given: dict[str, Any] = {"quiet_from": "22:00", "quiet_to": "07:00", **kept_ways}
    assert browser.post("/account/messages/", given)["Location"] == "/account/"
    kept = Wishes.objects.get(person=alice)
    assert (kept.quiet_from, kept.quiet_to, kept.ways) == (time(22), time(7), {"approvals.asked": []})
    page = browser.get("/account/").content.decode()
    assert "22:00–07:00" in page
    assert "22:00" not in browse(olga).get(f"/people/{alice.uid}/").content.decode(), "hers alone"
    again = browser.get("/account/messages/").content.decode()
    assert 'value="22:00"' in again


@pytest.mark.django_db
def test_a_wrong_choice_stands_beside_its_field_and_nothing_typed_is_lost(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    answer = browser.post("/account/messages/", {"quiet_from": "22:00", "channel": "json://127.0.0.1/x"})
    assert answer.status_code == 422
    assert 'id="id_quiet_to_error"' in answer.content.decode()
    assert 'value="22:00"' in answer.content.decode()
    answer = browser.post("/account/messages/", {"channel": "json://127.0.0.1/geheim"})
    assert 'id="id_channel_error"' in answer.content.decode()
    assert "geheim" not in answer.content.decode()
    assert not Wishes.objects.exists()


@pytest.mark.django_db
def test_a_program_reads_and_says_it_for_its_person(alice: User, browse: Browse) -> None:
    browser = browse(alice)
    found = browser.get("/api/v1/me/messages").json()
    assert (found["quiet_from"], found["service"]) == (None, "")
    assert {each["kind"]: each["ways"] for each in found["kinds"]}["approvals.asked"] == ["mail"]
    answer = browser.put(
        "/api/v1/me/messages",
        {"language": "tr", "quiet_from": "23:30", "quiet_to": "06:00", "ways": {"approvals.asked": []}},
        **JSON,
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["language"], answer.json()["quiet_from"]) == ("tr", "23:30:00")
    wrong = browser.put("/api/v1/me/messages", {"ways": {"x.y": []}}, **JSON)
    assert (wrong.status_code, wrong.json()["error"]["fields"][0]["field"]) == (422, "ways")


@pytest.mark.django_db
def test_whoever_gets_no_mail_reads_that_on_their_own_page(alice: User, browse: Browse) -> None:
    assert "Mail to you comes back." not in browse(alice).get("/account/").content.decode()
    BouncedAddress.objects.create(address_hash=address_hash(alice.email), answer="550 no")
    assert "Mail to you comes back." in browse(alice).get("/account/").content.decode()
