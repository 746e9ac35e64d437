# SPDX-License-Identifier: Apache-2.0
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pytest_django.fixtures import Settings

from steward.core.access.public import Denied, Refused
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify import delivering, kinds, tasks
from steward.core.notify.models import BouncedAddress, Channel, Delivery, InboxItem, Notice
from steward.core.notify.public import (
    Address,
    attempt_text,
    attempts,
    channel_add,
    channel_edit,
    deliveries,
    delivery_retry,
    inbox,
    inbox_read,
    inbox_words,
    mail_identity_set,
    mail_test,
    notification_delay_seconds,
    register_notice,
    send,
    undelivered_counts,
)
from steward.core.notify.sending import BadParams
from steward.core.tenancy.public import Client, ForeignClient, NoScope, OutsideTransaction, Scope, scoped, system_scope
from steward.settings.env import get_settings
from tests.core.notify.hook import Hook
from tests.core.notify.mail_server import USER, Handler, start
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db(transaction=True)
TEST = {"sent_by": 1}


@pytest.fixture(autouse=True)
def sample_kinds() -> Iterator[None]:
    before = dict(kinds._kinds)
    register_notice(
        "notify.test", label=_("x"), params=frozenset({"sent_by"}), ways=frozenset({kinds.Way.MAIL, kinds.Way.CHANNEL})
    )
    kinds._kinds["tests.told"] = kinds.NoticeKind(
        "notify.test", "x", frozenset({"sent_by"}), kinds.EVERY_WAY, urgent=False
    )
    kinds._kinds["tests.urgent"] = kinds.NoticeKind("tests.urgent", "x", frozenset(), kinds.EVERY_WAY, urgent=True)
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


def tell(kind: str, to: User | Address | Channel | list[User], client: Client | None = None, **params: object) -> UUID:
    with scoped(system_scope("tests")), transaction.atomic():
        return send(kind, to=to, params=params, client=client)[0]  # type: ignore[arg-type]  # wrong on purpose in places


def look(notice: UUID) -> Delivery:
    with scoped(system_scope("tests")), transaction.atomic():
        return deliveries().get(notice__uid=notice)


def answers(delivery: Delivery) -> list[tuple[str, str]]:
    with scoped(system_scope("tests")), transaction.atomic():
        return [(each.outcome, attempt_text(each)) for each in attempts(delivery)]


def work() -> None:
    """Run all that waits, without waiting for its time."""
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set scheduled_at = null where status = 'todo'")
    run_until_idle()


def test_a_mail_arrives_in_the_recipients_language_and_its_answer_is_kept(mail: Handler, alice: User) -> None:
    notice = tell("notify.test", alice, **TEST)
    delivery = look(notice)
    assert (delivery.state, notification_delay_seconds() > 0) == ("queued", True)
    run_until_idle()
    (message,) = mail.taken
    assert message["To"] == "Alice Admin <alice@acme.example>"
    assert message["Message-ID"] == look(notice).message_id == f"<{delivery.uid}@localhost>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Subject"] == "A test message from Steward"
    assert look(notice).state == "sent"
    assert answers(delivery) == [("sent", "250 2.0.0 taken as queue-id 4711")]
    assert notification_delay_seconds() == 0


def test_what_is_rolled_back_is_not_told(mail: Handler, alice: User) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        send("notify.test", to=alice, params=TEST, client=None)
        transaction.set_rollback(True)
    run_until_idle()
    assert mail.taken == []


def test_a_mail_that_is_sent_again_after_a_kill_has_the_same_message_id(mail: Handler, alice: User) -> None:
    delivery = look(tell("notify.test", alice, **TEST))
    with scoped(system_scope("tests")), transaction.atomic():
        ready = delivering._prepare(delivery.pk)
    assert ready is not None
    delivering._hand_over(ready)  # and the worker dies before it can write that down
    run_until_idle()
    first, second = mail.taken
    assert first["Message-ID"] == second["Message-ID"] == delivery.message_id
    assert look(delivery.notice.uid).state == "sent"


def test_a_server_that_is_busy_is_asked_again(mail: Handler, alice: User) -> None:
    mail.data = "451 4.3.0 come back later"
    notice = tell("notify.test", alice, **TEST)
    run_until_idle()
    assert look(notice).state == "queued"
    mail.data = ""
    work()
    assert look(notice).state == "sent"
    assert [outcome for outcome, _text in answers(look(notice))] == ["later", "sent"]
    assert mail.taken[0]["Message-ID"] == mail.taken[1]["Message-ID"]


def test_an_address_that_is_refused_bounces_and_is_not_asked_again(mail: Handler, alice: User) -> None:
    mail.rcpt = "550 5.1.1 no such user"
    notice = tell("notify.test", alice, **TEST)
    work()
    assert look(notice).state == "bounced"
    assert answers(look(notice)) == [("bounced", "550 5.1.1 no such user")]
    assert BouncedAddress.objects.filter(pk=delivering.address_hash("Alice@acme.example")).exists()
    assert mail.asked == 1
    mail.rcpt = ""
    tell("notify.test", alice, **TEST)
    work()
    assert not BouncedAddress.objects.exists()


def test_a_server_that_hangs_holds_nobody_for_long(mail: Handler, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    mail.rcpt = "hang"
    monkeypatch.setattr(delivering.hand_over, "__kwdefaults__", {"timeout": 1.0})
    notice = tell("notify.test", alice, **TEST)
    began = time.monotonic()
    run_until_idle()
    assert time.monotonic() - began < 8
    ((outcome, text),) = answers(look(notice))
    assert outcome == "later"
    assert "did not answer within 1 s" in text


def test_a_server_that_is_away_is_tried_again_and_then_given_up(alice: User, olga: User, acting: Acting) -> None:
    server = start(Handler())
    get_settings().smtp_url = f"smtp://{USER}:{'geheim'}@127.0.0.1:{server.port}"
    server.stop()
    try:
        notice = tell("notify.test", alice, **TEST)
        for _round in range(9):
            work()
    finally:
        get_settings().smtp_url = None
    delivery = look(notice)
    assert (delivery.state, delivery.attempts) == ("failed", 9)
    assert "geheim" not in str(answers(delivery))
    with acting(olga) as actor:
        assert undelivered_counts() == {"failed": 1}
        delivery_retry(delivery, actor=actor)
    assert look(notice).state == "queued"


def test_without_a_mail_server_nothing_is_dropped_in_silence(alice: User, mail: Handler) -> None:
    url, get_settings().smtp_url = get_settings().smtp_url, None
    notice = tell("notify.test", alice, **TEST)
    work()
    assert look(notice).state == "no_channel"
    assert answers(look(notice)) == [("no_channel", "no mail server is set: set STEWARD_SMTP_URL")]
    get_settings().smtp_url = url
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.send_waiting()
    work()
    assert look(notice).state == "sent"


def test_djangos_mail_goes_the_same_way_and_its_words_lie_sealed(
    mail: Handler, alice: User, settings: Settings
) -> None:
    link = "https://steward.example/accounts/password/reset/key/kanarya-99/"
    settings.EMAIL_BACKEND = "steward.core.notify.django_mail.NotifyBackend"  # pytest puts its own in place
    send_mail("Set your password", f"Open {link}\nBye", None, [alice.email])
    with connection.cursor() as cursor:
        cursor.execute(
            "select coalesce(json_agg(j)::text, '') || (select json_agg(n)::text from procrastinate_jobs n) from procrastinate_events j"
        )
        (queue,) = cursor.fetchone()
    with scoped(system_scope("tests")), transaction.atomic():
        notice = Notice.objects.get()
        assert "kanarya" not in json.dumps([notice.sealed, notice.params, notice.kind]) + queue
        assert notice.person == alice
    run_until_idle()
    (message,) = mail.taken
    assert message["Subject"] == "Set your password"
    body = message.get_body(("plain",))
    assert body is not None
    assert link in body.get_content()
    with scoped(system_scope("tests")), transaction.atomic():
        assert Notice.objects.get().sealed == ""


def test_a_sealed_mail_that_found_no_server_is_let_go_when_it_is_old(alice: User, settings: Settings) -> None:
    settings.EMAIL_BACKEND = "steward.core.notify.django_mail.NotifyBackend"  # pytest puts its own in place
    send_mail("Set your password", "Open https://x/", None, [alice.email])
    work()
    with scoped(system_scope("tests")), transaction.atomic():
        Delivery.objects.update(created_at=timezone.now() - tasks.SEALED_OF_USE * 2)
        tasks.send_waiting()
        assert Delivery.objects.get().state == "expired"
        assert Notice.objects.get().sealed == ""


def test_a_person_reads_what_was_told_in_the_console(alice: User, bob: User, acting: Acting) -> None:
    tell("tests.told", [alice, bob, alice], **TEST)
    with acting(alice) as actor:
        (item,) = inbox(alice.pk)
        assert inbox_words(item, language="en", zone="Europe/Istanbul").subject == "A test message from Steward"
        assert inbox_read(actor=actor, items=[InboxItem.objects.get(person=bob)]) == 0
        assert inbox_read(actor=actor) == 1
    assert InboxItem.objects.filter(read_at__isnull=True).count() == 1


def test_the_log_of_birch_is_not_there_for_alice(alice: User, bob: User, acting: Acting) -> None:
    tell("notify.test", alice, **TEST)
    tell("notify.test", bob, **TEST)
    with acting(alice):
        assert [each.notice.person for each in deliveries()] == [alice]
    with (
        connection.cursor() as cursor,
        scoped(Scope(system_scope("x").actor, frozenset({alice.client_id or 0}))),
        transaction.atomic(),
    ):
        cursor.execute("select count(*) from notify_delivery")
        assert cursor.fetchone() == (1,)


def test_what_may_not_be_asked_is_refused(alice: User, acme: Client, birch: Client) -> None:
    with pytest.raises(NoScope):
        send("notify.test", to=alice, params=TEST, client=None)
    with scoped(system_scope("tests")):
        with pytest.raises(OutsideTransaction):
            send("notify.test", to=alice, params=TEST, client=None)
        with transaction.atomic():
            for params in ({}, {"sent_by": 1, "more": 2}, {"sent_by": "x" * 5000}):
                with pytest.raises(BadParams):
                    send("notify.test", to=alice, params=params, client=None)
            with pytest.raises(ForeignClient), transaction.atomic():
                send("notify.test", to=alice, params=TEST, client=birch)
    with (
        scoped(Scope(system_scope("x").actor, frozenset({acme.pk}))),
        transaction.atomic(),
        pytest.raises(ForeignClient),
    ):
        send("notify.test", to=Address("x@birch.example"), params=TEST, client=birch)


def test_a_client_has_a_sender_of_its_own(
    mail: Handler, alice: User, bob: User, olga: User, acting: Acting, acme: Client
) -> None:
    with acting(olga) as actor:
        mail_identity_set(actor=actor, client=None, name="The MSP", address="noreply@msp.example")
        mail_identity_set(
            actor=actor, client=acme, name="Acme Help", address="help@acme.example", reply_to="help@acme.example"
        )
        with pytest.raises(Refused, match="address"):
            mail_identity_set(actor=actor, client=acme, name="", address="nobody")
    tell("notify.test", alice, **TEST)
    tell("notify.test", bob, **TEST)
    run_until_idle()
    senders = {message["To"].addresses[0].addr_spec: message["From"] for message in mail.taken}
    assert senders == {
        "alice@acme.example": "Acme Help <help@acme.example>",
        "bob@birch.example": "The MSP <noreply@msp.example>",
    }
    replies = [message["Reply-To"] for message in mail.taken if message["Reply-To"]]
    with scoped(system_scope("tests")), transaction.atomic():
        token = Notice.objects.get(person=alice).reply_token
    assert replies == [f"help+{token}@acme.example"]


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


def test_an_outside_channel_is_told_and_its_address_is_sealed(
    hook: Hook, olga: User, tess: User, acting: Acting
) -> None:
    with acting(olga) as actor:
        channel = channel_add(actor=actor, client=None, name="Chat", url=hook.url, fallback=False)
        for url in ("nonsense", "syslog://", "http:/", "file:///etc/passwd"):
            with pytest.raises(Refused, match="url"):
                channel_add(actor=actor, client=None, name="Other", url=url, fallback=False)
        with pytest.raises(Refused, match="name"):
            channel_add(actor=actor, client=None, name="Chat", url=hook.url, fallback=False)
    with pytest.raises(Denied), acting(tess) as actor:
        channel_edit(channel, actor=actor, name="Mine", enabled=True, fallback=True)
    notice = tell("notify.test", channel, **TEST)
    run_until_idle()
    assert look(notice).state == "sent"
    assert hook.told[0]["title"] == "A test message from Steward"
    hook.status = 500
    again = tell("notify.test", channel, **TEST)
    run_until_idle()
    ((outcome, text),) = answers(look(again))
    assert outcome == "later"
    with connection.cursor() as cursor, scoped(system_scope("tests")), transaction.atomic():
        cursor.execute(
            "select (select json_agg(c) from notify_channel c)::text || (select json_agg(a) from audit.entry a)::text"
        )
        (kept,) = cursor.fetchone()
    assert "geheim" not in kept + text


def test_an_urgent_message_finds_another_way_soon(
    hook: Hook, mail: Handler, alice: User, olga: User, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward.core.notify.rendering._plain", lambda *_args: "Urgent\nIt burns.")
    mail.data = "451 later"
    with acting(olga) as actor:
        channel_add(actor=actor, client=None, name="Chat", url=hook.url, fallback=True)
    began = time.monotonic()
    tell("tests.urgent", alice)
    with ThreadPoolExecutor(1):
        run_until_idle()
    print(f"another way after {time.monotonic() - began:.1f} s")
    assert [each["title"] for each in hook.told] == ["Urgent"]
    assert time.monotonic() - began < 60


def test_an_urgent_message_that_reaches_nobody_is_loud(
    alice: User, mail: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    loud: list[object] = []
    monkeypatch.setattr("steward.core.notify.listeners.emit", loud.append)
    monkeypatch.setattr("steward.core.notify.rendering._plain", lambda *_args: "Urgent\nIt burns.")
    mail.data = "451 later"
    notice = tell("tests.urgent", alice)
    run_until_idle()
    assert [type(each).__name__ for each in loud] == ["NobodyReached"]
    assert loud[0].notice == notice


def test_olga_sees_whether_mail_arrives(mail: Handler, olga: User, acting: Acting) -> None:
    with acting(olga) as actor:
        mail_test(actor=actor, person=olga)
    run_until_idle()
    assert mail.taken[0]["To"].addresses[0].addr_spec == olga.email
