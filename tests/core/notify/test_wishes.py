# SPDX-License-Identifier: Apache-2.0
"""How a person wants to be told, honoured by what sends: against a real mail server and a real service."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.utils import timezone

from steward.core.access.public import Denied, Refused
from steward.core.audit.models import Entry
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify import kinds, tasks
from steward.core.notify.models import Delivery, InboxItem, Notice, Wishes
from steward.core.notify.public import (
    attempt_text,
    attempts,
    channel_add,
    deliveries,
    delivery_retry,
    notification_delay_seconds,
    own_test,
    own_wishes,
    send,
    wishes_set,
)
from steward.core.tenancy.public import scoped, system_scope
from tests.core.notify.hook import Hook
from tests.core.notify.mail_server import Handler
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db(transaction=True)
WORDS = "steward.core.notify.rendering._plain"


@pytest.fixture(autouse=True)
def sample_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = dict(kinds._kinds)
    for name, urgent in (("tests.calm", False), ("tests.urgent", True)):
        kinds._kinds[name] = kinds.NoticeKind(name, name, frozenset(), kinds.EVERY_WAY, urgent)
    kinds._kinds["tests.console"] = kinds.NoticeKind(
        "tests.console", "Console", frozenset(), frozenset({kinds.Way.APP}), urgent=False
    )
    yield
    kinds._kinds.clear()
    kinds._kinds.update(before)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kinds of these tests have no files of words."""
    monkeypatch.setattr(WORDS, lambda template, _context: f"{template.split('/')[1]}\nText")


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


def tell(kind: str, to: User) -> list[Delivery]:
    with scoped(system_scope("tests")), transaction.atomic():
        (notice,) = send(kind, to=to, client=None)
        return list(deliveries().filter(notice__uid=notice).order_by("way"))


def look(delivery: Delivery) -> Delivery:
    with scoped(system_scope("tests")), transaction.atomic():
        return deliveries().get(pk=delivery.pk)


def wish(acting: Acting, person: User, **more: Any) -> Wishes:
    given = {"language": "", "quiet_from": None, "quiet_to": None, "ways": {}} | more
    with acting(person) as actor:
        return wishes_set(actor=actor, **given)


def around_now(person: User) -> dict[str, time]:
    """Quiet hours that hold now by the person's clock, and end in an hour or so."""
    local = timezone.now().astimezone(ZoneInfo(person.timezone))
    return {
        "quiet_from": (local - timedelta(hours=1)).time().replace(second=0, microsecond=0),
        "quiet_to": (local + timedelta(hours=1)).time().replace(second=0, microsecond=0),
    }


def test_whoever_said_nothing_is_told_as_the_kind_was_declared(mail: Handler, alice: User, said: None) -> None:
    assert [each.way for each in tell("tests.calm", alice)] == ["mail"]
    assert tell("tests.console", alice) == []
    run_until_idle()
    assert len(mail.taken) == 1
    assert InboxItem.objects.filter(person=alice).count() == 2


def test_a_kind_that_is_not_wanted_by_mail_is_in_the_inbox_alone(
    mail: Handler, alice: User, bob: User, acting: Acting, said: None
) -> None:
    wish(acting, alice, ways={"tests.calm": [], "tests.console": ["mail"]})
    assert tell("tests.calm", alice) == []
    assert [each.way for each in tell("tests.console", alice)] == ["mail"]
    assert [each.way for each in tell("tests.calm", bob)] == ["mail"]
    assert InboxItem.objects.filter(person=alice).count() == 2


def test_quiet_hours_hold_what_is_not_urgent_and_let_it_go_afterwards(
    mail: Handler, alice: User, acting: Acting, said: None
) -> None:
    User.objects.filter(pk=alice.pk).update(timezone="Asia/Kathmandu")
    alice.refresh_from_db()
    hours = around_now(alice)
    wish(acting, alice, **hours)
    (held,) = tell("tests.calm", alice)
    (urgent,) = tell("tests.urgent", alice)
    run_until_idle()
    assert (look(held).state, look(urgent).state) == ("held", "sent")
    assert InboxItem.objects.filter(person=alice).count() == 2
    assert held.held_until is not None
    assert held.held_until.astimezone(ZoneInfo("Asia/Kathmandu")).time() == hours["quiet_to"]
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.send_held()
    run_until_idle()
    assert look(held).state == "held"
    with scoped(system_scope("tests")), transaction.atomic():
        over = timezone.now() - timedelta(seconds=1)
        Delivery.objects.filter(pk=held.pk).update(held_until=over, created_at=over - timedelta(hours=8))
        tasks.send_held()
    assert notification_delay_seconds() < 60, "it began to wait when the quiet hours ended"
    run_until_idle()
    assert look(held).state == "sent"
    assert len(mail.taken) == 2


def test_a_test_one_asked_for_oneself_does_not_wait(mail: Handler, alice: User, acting: Acting) -> None:
    wish(acting, alice, **around_now(alice))
    with acting(alice) as actor:
        own_test(actor=actor)
        with pytest.raises(Refused, match="test"):
            own_test(actor=actor)
    run_until_idle()
    assert len(mail.taken) == 1


def test_olga_sends_what_is_held_at_once(mail: Handler, alice: User, olga: User, acting: Acting, said: None) -> None:
    wish(acting, alice, **around_now(alice))
    (held,) = tell("tests.calm", alice)
    with acting(olga) as actor:
        delivery_retry(held, actor=actor)
    run_until_idle()
    assert look(held).state == "sent"


def test_mail_speaks_the_language_that_was_chosen_for_it(mail: Handler, alice: User, acting: Acting) -> None:
    wish(acting, alice, language="tr")
    with acting(alice) as actor:
        own_test(actor=actor)
    run_until_idle()
    assert mail.taken[0]["Subject"] != "A test message from Steward"
    with scoped(system_scope("tests")), transaction.atomic():
        assert Notice.objects.get().language == "tr"


def test_an_own_channel_takes_what_is_urgent_and_what_was_chosen(
    hook: Hook, mail: Handler, olga: User, acting: Acting, said: None
) -> None:
    wish(acting, olga, channel=hook.url)
    tell("tests.calm", olga)
    tell("tests.urgent", olga)
    run_until_idle()
    assert [each["title"] for each in hook.told] == ["tests.urgent.txt"]
    assert len(mail.taken) == 2
    wish(acting, olga, ways={"tests.calm": ["channel"]})
    (only,) = tell("tests.calm", olga)
    run_until_idle()
    assert (only.way, look(only).state, only.message_id) == ("channel", "sent", "")
    assert len(hook.told) == 2
    with connection.cursor() as cursor, scoped(system_scope("tests")), transaction.atomic():
        cursor.execute(
            "select (select json_agg(w) from notify_wishes w)::text || (select json_agg(e) from audit.entry e)::text"
            " || (select json_agg(a) from notify_attempt a)::text || (select json_agg(j) from procrastinate_jobs j)::text"
        )
        (kept,) = cursor.fetchone()
    assert "geheim" not in kept


def test_a_channel_that_was_taken_away_meanwhile_ends_in_words(
    hook: Hook, olga: User, acting: Acting, said: None
) -> None:
    wish(acting, olga, channel=hook.url, ways={"tests.calm": ["channel"]})
    (late,) = tell("tests.calm", olga)
    wish(acting, olga, channel="")
    run_until_idle()
    assert look(late).state == "failed"
    with acting(olga):
        assert [attempt_text(each) for each in attempts(late)] == ["the person has taken their own channel away"]
    assert hook.told == []
    assert [each.way for each in tell("tests.calm", olga)] == ["mail"]


def test_an_urgent_message_by_an_own_channel_alone_finds_another_way_when_it_fails(
    hook: Hook, olga: User, acting: Acting, said: None
) -> None:
    spare = Hook()
    try:
        with acting(olga) as actor:
            channel_add(actor=actor, client=None, name="Ops", url=spare.url, fallback=True)
        wish(acting, olga, channel=hook.url, ways={})
        wish(acting, olga, ways={"tests.urgent": ["channel"]})
        hook.status = 500
        tell("tests.urgent", olga)
        run_until_idle()
        assert [each["title"] for each in spare.told] == ["tests.urgent.txt"]
    finally:
        spare.shutdown()
        spare.server_close()


def test_a_failing_own_channel_is_no_alarm_while_the_mail_gets_through(
    hook: Hook, mail: Handler, olga: User, acting: Acting, said: None
) -> None:
    spare = Hook()
    try:
        with acting(olga) as actor:
            channel_add(actor=actor, client=None, name="Ops", url=spare.url, fallback=True)
        wish(acting, olga, channel=hook.url)
        hook.status = 500
        assert [each.way for each in tell("tests.urgent", olga)] == ["channel", "mail"]
        run_until_idle()
        assert spare.told == []
        assert len(mail.taken) == 1
    finally:
        spare.shutdown()
        spare.server_close()


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("language", {"language": "xx"}),
        ("quiet_to", {"quiet_from": time(22)}),
        ("quiet_from", {"quiet_to": time(7)}),
        ("quiet_to", {"quiet_from": time(7), "quiet_to": time(7)}),
        ("quiet_from", {"quiet_from": time(22, tzinfo=UTC), "quiet_to": time(7)}),
        ("ways", {"ways": {"tests.nothing": ["mail"]}}),
        ("ways", {"ways": {"notify.account_mail": []}}),
        ("ways", {"ways": {"tests.calm": ["pigeon"]}}),
        ("ways", {"ways": {"tests.calm": ["channel"]}}),
        ("ways", {"ways": {"tests.urgent": []}}),
        ("channel", {"channel": "nonsense"}),
        ("channel", {"channel": "json://127.0.0.1:1/x"}),
        ("channel", {"channel": "slack://"}),
    ],
)
def test_what_can_not_be_wished_is_refused_by_the_name_of_its_field(
    field: str, more: dict[str, Any], alice: User, acting: Acting
) -> None:
    with pytest.raises(Refused) as refused:
        wish(acting, alice, **more)
    assert list(refused.value.errors) == [field]
    assert not Wishes.objects.exists()


def test_nobody_has_steward_call_a_machine_of_their_choosing(
    hook: Hook, alice: User, tess: User, acting: Acting
) -> None:
    """Only who may set channels anyway gives any address; others name a service, never a host (server-side request forgery)."""
    for person in (alice, tess):
        for url in (hook.url, hook.url.upper(), f" {hook.url}", "mailto://127.0.0.1:25", "syslog://", "http://x/"):
            with pytest.raises(Refused, match="channel"):
                wish(acting, person, channel=url)
    assert hook.told == []


def test_a_token_does_not_change_how_its_owner_is_told(olga: User, acting: Acting) -> None:
    with acting(olga) as actor, pytest.raises(Denied):
        wishes_set(actor=replace(actor, kind="token"), language="tr", quiet_from=None, quiet_to=None, ways={})
    assert not Wishes.objects.exists()


def test_what_is_as_declared_is_not_kept_and_the_change_is_audited(alice: User, acting: Acting) -> None:
    kept = wish(acting, alice, ways={"tests.calm": ["mail"], "tests.urgent": ["mail"], "tests.console": ["mail"]})
    assert kept.ways == {"tests.console": ["mail"]}
    with scoped(system_scope("tests")), transaction.atomic():
        entry = Entry.objects.filter(kind="notify.wishes.set").order_by("pk").last()  # the audit outlives a test
    assert entry is not None
    assert entry.params["kinds"] == ["tests.console"]
    with acting(alice):
        assert own_wishes(alice.pk).ways == kept.ways


def test_what_an_erased_person_wished_is_forgotten(alice: User, acting: Acting, said: None) -> None:
    wish(acting, alice, ways={"tests.calm": []})
    tell("tests.calm", alice)
    User.objects.filter(pk=alice.pk).update(erased_at=datetime.now(UTC))
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.forget()
    assert not Wishes.objects.exists()
    assert not InboxItem.objects.exists()
