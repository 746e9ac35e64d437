# SPDX-License-Identifier: Apache-2.0
"""Other systems are told over real HTTP; what arrives is verified with the standard's own library."""

from collections.abc import Collection
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from standardwebhooks.webhooks import WebhookVerificationError

from steward.core.access.public import Denied, Refused, Role
from steward.core.events.public import emit, listener
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.notify.models import InboxItem
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.core.webhooks import tasks
from steward.core.webhooks.delivering import deliver, queue
from steward.core.webhooks.models import Attempt, Delivery, Endpoint
from steward.core.webhooks.public import (
    attempt_words,
    attempts,
    deliveries,
    deliveries_replay,
    delivery_replay,
    endpoint_add,
    endpoint_archive,
    endpoint_edit,
    endpoint_key_change,
    endpoint_switch,
    endpoint_test,
)
from steward.estate.clients.events import ClientArchived
from steward.settings.env import get_settings
from tests.core.webhooks.receiver import Receiver
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db
ARCHIVED = "clients.client_archived"


def add(
    acting: Acting,
    who: User,
    url: str,
    *,
    client: Client | None = None,
    events: Collection[str] = (ARCHIVED,),
    name: str = "n8n",
) -> tuple[Endpoint, str]:
    with acting(who) as actor:
        return endpoint_add(actor=actor, client=client, name=name, url=url, events=events)


def archive(client: Client) -> None:
    """What the listener's job does when a client is archived, and the jobs of the messages after it."""
    with scoped(system_scope("tests")), transaction.atomic():
        listener(f"webhooks.{ARCHIVED}")(ClientArchived(client.pk))
    work()


def work() -> None:
    """Every message whose turn it is, as its job sends it."""
    with scoped(system_scope("tests")):
        with transaction.atomic():
            due = list(Delivery.objects.filter(state="queued", next_at__lte=Now()).values_list("pk", flat=True))
        for pk in due:
            deliver(delivery=pk)


def look(endpoint: Endpoint) -> list[Delivery]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(deliveries().filter(endpoint=endpoint).order_by("pk"))


def state(endpoint: Endpoint) -> Endpoint:
    with scoped(system_scope("tests")), transaction.atomic():
        return Endpoint.objects.get(pk=endpoint.pk)


def said(delivery: Delivery) -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        return [attempt_words(each) for each in attempts(delivery)]


def later(by: timedelta) -> None:
    """As if so much time had passed: what is remembered happened so much earlier."""
    with scoped(system_scope("tests")), transaction.atomic():
        Delivery.objects.filter(state="queued").update(next_at=F("next_at") - by)
        Endpoint.objects.update(
            failing_since=F("failing_since") - by,
            rests_until=F("rests_until") - by,
            key_before_until=F("key_before_until") - by,
        )
    work()


@pytest.mark.django_db(transaction=True)
def test_an_event_arrives_once_signed_with_its_client_and_its_time(
    other: Receiver, olga: User, acme: Client, acting: Acting
) -> None:
    endpoint, key = add(acting, olga, other.url)
    with acting(olga):
        emit(ClientArchived(acme.pk))
    run_until_idle()
    run_until_idle()
    message = other.verified(key)
    assert set(message) == {"type", "timestamp", "data"}
    assert message["type"] == ARCHIVED
    assert message["timestamp"].endswith("Z")
    assert message["data"] == {"client": {"uid": str(acme.uid), "slug": "acme", "name": "Acme"}}
    (delivery,) = look(endpoint)
    assert (delivery.state, delivery.attempts, other.ids) == ("delivered", 1, [delivery.message_id])
    assert other.told[0][0]["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        other.verified("whsec_" + "A" * 43 + "=")


def test_what_nobody_subscribed_to_costs_no_job(other: Receiver, olga: User, acme: Client, acting: Acting) -> None:
    def waiting() -> int:
        with acting(olga):
            emit(ClientArchived(acme.pk))
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from procrastinate_jobs where args ->> 'ids' like %s", [f"%webhooks.{ARCHIVED}%"]
            )
            return int(cursor.fetchone()[0])

    assert waiting() == 0
    endpoint, _ = add(acting, olga, other.url, events=["clients.client_created"])
    assert waiting() == 0
    with acting(olga) as actor:
        endpoint_edit(endpoint, actor=actor, name="n8n", events=[ARCHIVED])
    assert waiting() == 1
    with acting(olga) as actor:
        endpoint_switch(endpoint, actor=actor, on=False)
    assert waiting() == 1


def test_an_endpoint_of_one_client_hears_of_no_other(
    other: Receiver, olga: User, acme: Client, birch: Client, acting: Acting
) -> None:
    mine, key = add(acting, olga, other.url, client=birch, name="Birch only")
    archive(acme)
    assert other.told == []
    archive(birch)
    assert other.verified(key)["data"]["client"]["slug"] == "birch"
    assert len(look(mine)) == 1


def test_a_failed_message_is_tried_for_days_under_one_id_and_ends_in_the_log_alone(
    other: Receiver, olga: User, acme: Client, acting: Acting
) -> None:
    endpoint, key = add(acting, olga, other.url)
    other.status, other.answer = 503, b"no such hook: /hooks/geheim\n"
    archive(acme)
    later(timedelta(seconds=20))
    assert len(other.told) == 1  # it is not its turn yet
    for _ in range(3):
        later(timedelta(hours=1))
    assert len(other.told) == 4
    assert len(set(other.ids)) == 1
    (delivery,) = look(endpoint)
    assert (delivery.state, state(endpoint).failures) == ("queued", 4)
    assert said(delivery) == ["it answered 503"] * 4
    with scoped(system_scope("tests")), transaction.atomic():
        assert {each.answer for each in Attempt.objects.all()} == {"no such hook: /•••/•••"}
    other.status = 200
    later(timedelta(hours=3))
    assert (look(endpoint)[0].state, look(endpoint)[0].attempts) == ("delivered", 5)
    assert (state(endpoint).failures, state(endpoint).failing_since) == (0, None)
    other.verified(key)


def test_twelve_tries_take_four_days_and_the_last_one_ends_it(
    other: Receiver, olga: User, acme: Client, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("steward.core.webhooks.delivering.SWITCHED_OFF_AFTER", timedelta(days=30))
    endpoint, _ = add(acting, olga, other.url)
    other.status = 500
    archive(acme)
    for _ in range(14):
        later(timedelta(hours=27))
    (delivery,) = look(endpoint)
    assert (delivery.state, delivery.attempts, len(other.told)) == ("failed", 12, 12)
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from jobs_jobfailure")
        assert cursor.fetchone() == (0,)


def test_after_three_days_without_an_answer_it_switches_itself_off_and_says_so(
    other: Receiver, olga: User, omar: User, acme: Client, birch: Client, acting: Acting
) -> None:
    endpoint, _ = add(acting, omar, other.url)
    other.status = 500
    archive(acme)
    archive(birch)
    for _ in range(12):
        later(timedelta(hours=13))
    assert state(endpoint).state == "failing"
    assert "stopped" in {each.state for each in look(endpoint)}
    told = InboxItem.objects.filter(kind="webhooks.switched_off").order_by("person_id")
    assert [each.person for each in told] == [olga, omar]
    tries = len(other.told)
    # Switched on again, what did not get through is sent again, under the ids it had.
    other.status = 200
    with pytest.raises(Refused, match="endpoint"), acting(olga) as actor:
        deliveries_replay(endpoint, actor=actor)
    with acting(olga) as actor:
        endpoint_switch(endpoint, actor=actor, on=True)
    with acting(olga) as actor:
        replayed = deliveries_replay(state(endpoint), actor=actor)
    later(timedelta(0))
    later(timedelta(days=2))
    assert {each.state for each in look(endpoint)} == {"delivered"}
    assert replayed >= 1
    assert len(set(other.ids)) == 2 < tries
    with pytest.raises(Refused, match="delivery"), acting(olga) as actor:
        delivery_replay(look(endpoint)[0], actor=actor)


def test_who_says_that_the_address_is_gone_is_asked_no_more(
    other: Receiver, olga: User, acme: Client, acting: Acting
) -> None:
    endpoint, _ = add(acting, olga, other.url)
    other.status = 410
    archive(acme)
    assert (state(endpoint).state, look(endpoint)[0].state) == ("gone", "failed")
    assert InboxItem.objects.get(kind="webhooks.switched_off").params["state"] == "gone"


def test_however_much_waits_for_a_dead_endpoint_it_is_asked_seldom(
    other: Receiver, olga: User, acme: Client, acting: Acting
) -> None:
    endpoint, _ = add(acting, olga, other.url)
    other.status = 500
    with scoped(system_scope("tests")), transaction.atomic():
        now = timezone.now()
        for _ in range(30):
            queue(Delivery(endpoint=endpoint, type=ARCHIVED, data={}, happened_at=now, next_at=now))
    work()
    assert len(other.told) == 3
    assert {each.state for each in look(endpoint)} == {"queued"}
    other.status = 200
    later(timedelta(hours=2))
    assert {each.state for each in look(endpoint)} == {"delivered"}


def test_a_changed_key_signs_with_the_one_before_for_a_day(
    other: Receiver, olga: User, acme: Client, birch: Client, acting: Acting
) -> None:
    endpoint, before = add(acting, olga, other.url)
    with acting(olga) as actor:
        after = endpoint_key_change(endpoint, actor=actor)
    archive(acme)
    assert other.verified(before) == other.verified(after)
    later(timedelta(hours=25))
    archive(birch)
    other.verified(after)
    with pytest.raises(WebhookVerificationError):
        other.verified(before)


def test_a_test_message_is_tried_once_also_while_it_is_off_and_switches_nothing(
    other: Receiver, olga: User, acting: Acting
) -> None:
    endpoint, key = add(acting, olga, other.url)
    with acting(olga) as actor:
        endpoint_switch(endpoint, actor=actor, on=False)
        endpoint_test(endpoint, actor=actor)
    work()
    message = other.verified(key)
    assert (message["type"], message["data"]) == ("webhooks.test", {"endpoint": str(endpoint.uid)})
    other.status = 404
    with acting(olga) as actor:
        endpoint_test(endpoint, actor=actor)
    work()
    later(timedelta(days=1))
    assert [each.state for each in look(endpoint)] == ["delivered", "failed"]
    assert (state(endpoint).state, state(endpoint).failures) == ("off", 0)


def test_an_inner_address_that_is_not_listed_is_never_connected_to(
    other: Receiver, olga: User, acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint, _ = add(acting, olga, other.url)
    monkeypatch.setitem(get_settings().__dict__, "outward_allow", [])
    with acting(olga) as actor:
        endpoint_test(endpoint, actor=actor)
    work()
    assert other.told == []
    (words,) = said(look(endpoint)[0])
    assert "127.0.0.1" in words
    assert "STEWARD_OUTWARD_ALLOW" in words


def test_neither_key_nor_address_lies_open_anywhere(
    other: Receiver, olga: User, acme: Client, acting: Acting, ledger_cluster: object
) -> None:
    endpoint, key = add(acting, olga, other.url)
    with acting(olga) as actor:
        after = endpoint_key_change(endpoint, actor=actor)
        endpoint_test(endpoint, actor=actor)
    work()
    with connection.cursor() as cursor, scoped(system_scope("tests")), transaction.atomic():
        cursor.execute(
            """select (select json_agg(e) from webhooks_endpoint e)::text || (select json_agg(d) from webhooks_delivery d)::text
            || (select json_agg(a) from webhooks_attempt a)::text || (select json_agg(a) from audit.entry a)::text
            || (select json_agg(j) from procrastinate_jobs j)::text"""
        )
        (kept,) = cursor.fetchone()
    for secret in (key, after, "geheim"):
        assert secret not in kept
    assert endpoint.origin in kept
    with acting(olga) as actor:
        endpoint_archive(endpoint, actor=actor)
    gone = state(endpoint)
    assert (gone.sealed_url, gone.sealed_key, gone.sealed_key_before) == ("", "", "")
    add(acting, olga, other.url)  # its name is free again


def test_who_may_not_or_gives_nonsense_is_refused(
    other: Receiver, olga: User, tess: User, acme: Client, birch: Client, acting: Acting
) -> None:
    add(acting, olga, other.url)
    with pytest.raises(Denied):
        add(acting, tess, other.url, name="Mine")
    for field, given in (
        ("name", {"name": " "}),
        ("name", {"name": "n8n"}),
        ("url", {"url": "ftp://a.example/", "name": "x"}),
        ("url", {"url": "https://a:b@a.example/", "name": "x"}),
        ("events", {"events": [], "name": "x"}),
        ("events", {"events": ["clients.made_up"], "name": "x"}),
    ):
        with pytest.raises(Refused, match=field):
            add(acting, olga, **{"url": other.url, **given})  # type: ignore[arg-type]  # wrong on purpose
    narrow = make_person("Nora Narrow", Role.SERVICE_MANAGER, all_clients=False)
    with pytest.raises(Refused, match="client"):
        add(acting, narrow, other.url, name="All")
    with acting(narrow):
        assert not Endpoint.objects.exists()


def test_what_was_settled_a_month_ago_is_forgotten(other: Receiver, olga: User, acting: Acting) -> None:
    endpoint, _ = add(acting, olga, other.url)
    with acting(olga) as actor:
        endpoint_test(endpoint, actor=actor)
    work()
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.forget()
        assert Delivery.objects.count() == 1
        Delivery.objects.update(ended_at=timezone.now() - timedelta(days=31))
        tasks.forget()
        assert (Delivery.objects.count(), Attempt.objects.count()) == (0, 0)
