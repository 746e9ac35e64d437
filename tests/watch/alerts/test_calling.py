# SPDX-License-Identifier: Apache-2.0
"""A critical alert calls whoever is on call at once; however much goes wrong at one client, each person is called once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.desk.oncall.actions import NewStep, page_acknowledge, page_open, policy_create
from steward.desk.oncall.models import Page, PageAttempt
from steward.desk.tickets.public import Ticket, ticket_resolve
from steward.estate.agents.models import Agent
from steward.settings.env import get_settings
from steward.watch.alerts.actions import Raising, alerts_raise
from steward.watch.alerts.models import AlertEntry
from steward.watch.monitoring import rounds
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting
from tests.fixtures.watching import MakeRule, MakeWatched, pulse, round_of
from tests.watch.alerts.conftest import KIND, MakeAsset, Trouble
from tests.watch.monitoring.machines import many

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def mail(olga: User, acting: Acting) -> Iterator[Handler]:
    """Olga is called, by mail, and has an hour to answer."""
    with acting(olga) as actor:
        policy_create(actor=actor, name="Nights", rounds=1, is_default=True, steps=[NewStep(olga, 3600)])
    handler = Handler()
    server = start(handler)
    get_settings().smtp_url = f"smtp://127.0.0.1:{server.port}"
    yield handler
    get_settings().smtp_url = None
    server.stop()


def _pages() -> list[Page]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Page.objects.order_by("pk"))


def _told() -> int:
    with scoped(system_scope("tests")), transaction.atomic():
        return PageAttempt.objects.count()


def _notes(ticket: Ticket) -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        kinds = ticket.timeline.order_by("at", "pk").values_list("kind", flat=True)
        return [each for each in kinds if each.startswith("alerts.call")]


def _tickets() -> list[Ticket]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(Ticket.objects.order_by("pk"))


def _acknowledged(page: Page, actor_of: User, acting: Acting) -> None:
    with acting(actor_of) as actor:
        assert page_acknowledge(page, actor=actor, via="console")


def _opened_ago(page: Page, length: timedelta) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        Page.objects.filter(pk=page.pk).update(opened_at=page.opened_at - length)


def test_a_critical_alert_calls_at_once_and_a_major_one_does_not(acme: Client, trouble: Trouble, mail: Handler) -> None:
    trouble(acme, "memory", severity="major")
    run_until_idle()
    assert _pages() == []
    alert = trouble(acme, "disk", severity="critical")
    run_until_idle()
    [page] = _pages()
    [_other, ticket] = _tickets()
    assert (page.subject_uid, page.kind) == (ticket.uid, "alerts.critical")
    assert [each["To"].addresses[0].addr_spec for each in mail.taken] == ["olga@msp.example"]
    assert f"{ticket.number}, critical: Trouble with disk" in mail.taken[0]["Subject"] + mail.taken[0].as_string()
    assert _notes(ticket) == ["alerts.called"]
    with scoped(system_scope("tests")), transaction.atomic():
        assert AlertEntry.objects.get(alert=alert, kind="called").params == {"page": page.number, "joined": False}


def test_an_alert_that_gets_critical_calls_and_one_that_comes_again_does_not(acme: Client, trouble: Trouble) -> None:
    trouble(acme, "disk", severity="major")
    run_until_idle()
    assert _pages() == []
    trouble(acme, "disk", severity="critical")
    run_until_idle()
    trouble(acme, "disk", severity="critical")
    run_until_idle()
    assert len(_pages()) == 1


def test_what_comes_while_somebody_is_called_joins_whatever_it_is(
    acme: Client, birch: Client, make_asset: MakeAsset, trouble: Trouble, mail: Handler
) -> None:
    for number in range(4):
        trouble(acme, f"thing {number}", severity="critical", asset=make_asset(acme, f"acme-{number}"))
        run_until_idle()
    [page] = _pages()
    assert (len(_tickets()), len(mail.taken), _told()) == (4, 1, 1)
    first, *others = _tickets()
    assert page.subject_uid == first.uid
    assert _notes(first) == ["alerts.called", *["alerts.call_joined"] * 3]
    assert [_notes(each) for each in others] == [["alerts.called"]] * 3
    trouble(birch, severity="critical")
    run_until_idle()
    assert [each.client_id for each in _pages()] == [acme.pk, birch.pk], "another client is another call"


def test_a_site_that_falls_silent_over_several_rounds_calls_each_person_once(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime, mail: Handler, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The rounds of this test are ahead of the clock, by which the ones that are due meanwhile would judge.
    monkeypatch.setattr(rounds, "judge_all", lambda: None)
    many(watched(acme, "acme-pc"), 39)
    rule("silent", severity="critical", after_seconds=60)
    with scoped(system_scope("tests")), transaction.atomic():
        agents = list(Agent.objects.order_by("pk"))
        for number, each in enumerate(agents):
            # As they come: eight in each of five rounds, below what is a storm by itself, then above.
            each.last_seen_at = now - timedelta(seconds=61 - 10 * (number // 8))
            each.save(update_fields=["last_seen_at"])
    for each in range(5):
        at = now + timedelta(seconds=10 * each)
        pulse(at)
        assert round_of("silent", at).opened == 8
        run_until_idle()
    assert (len(_pages()), _told(), len(mail.taken)) == (1, 1, 1)
    assert len(_tickets()) < 20, "a storm shares a ticket"
    assert all(_notes(each)[:1] == ["alerts.called"] for each in _tickets())


def test_many_at_once_are_one_ticket_and_one_call(acme: Client, make_asset: MakeAsset, mail: Handler) -> None:
    assets = [make_asset(acme, f"acme-{each}") for each in range(15)]
    given = [Raising(acme, f"gone:{each.pk}", KIND, "critical", {"what": each.name}, asset=each) for each in assets]
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        alerts_raise(given, actor=current_scope().actor)
    run_until_idle()
    assert (len(_tickets()), len(_pages()), _told(), len(mail.taken)) == (1, 1, 1, 1)


def test_once_it_is_answered_and_some_time_passed_the_next_trouble_calls_again(
    acme: Client, olga: User, trouble: Trouble, acting: Acting
) -> None:
    trouble(acme, "disk", severity="critical")
    run_until_idle()
    [page] = _pages()
    _acknowledged(page, olga, acting)
    trouble(acme, "power", severity="critical")
    run_until_idle()
    assert len(_pages()) == 1, "whoever answered a moment ago is at it"
    _opened_ago(page, timedelta(minutes=3))
    trouble(acme, "network", severity="critical")
    run_until_idle()
    assert len(_pages()) == 2


def test_nobody_who_answers_is_called_for_as_long_as_it_takes(acme: Client, trouble: Trouble) -> None:
    trouble(acme, "disk", severity="critical")
    run_until_idle()
    [page] = _pages()
    _opened_ago(page, timedelta(minutes=40))
    trouble(acme, "power", severity="critical")
    run_until_idle()
    assert len(_pages()) == 1


def test_a_machine_that_calls_about_the_same_record_joins_and_a_person_does_not(
    acme: Client, olga: User, trouble: Trouble, acting: Acting
) -> None:
    trouble(acme, "disk", severity="critical")
    run_until_idle()
    [page], [ticket] = _pages(), _tickets()
    text = {"text": "Come to the phone"}
    with acting(olga) as actor:
        ref = record_ref(ticket)
        joined = page_open(acme, ref, actor=actor, key="90", kind="oncall.by_hand", params=text, joins=True)
        assert joined == page
        assert page_open(acme, ref, actor=actor, key="me", kind="oncall.by_hand", params=text) != page
    _acknowledged(page, olga, acting)
    for each in _pages():
        with acting(olga) as actor:
            page_acknowledge(each, actor=actor, via="console")
    with acting(olga) as actor:
        later = page_open(acme, ref, actor=actor, key="90", kind="oncall.by_hand", params=text, joins=True)
    assert later.pk not in {page.pk}
    assert later.state == Page.State.OPEN


def test_a_call_ends_when_all_that_it_is_about_is_resolved(
    acme: Client, make_asset: MakeAsset, trouble: Trouble
) -> None:
    for each in ("disk", "power"):
        trouble(acme, each, severity="critical", asset=make_asset(acme, f"acme-{each}"))
        run_until_idle()
    first, second = _tickets()
    _resolved(first)
    assert [each.state for each in _pages()] == [Page.State.OPEN], "what joined is not over"
    _resolved(second)
    assert [each.state for each in _pages()] == [Page.State.ENDED]
    trouble(acme, "network", severity="critical")
    run_until_idle()
    assert len(_pages()) == 2, "a call that ended takes nothing in"


def _resolved(ticket: Ticket) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        ticket_resolve(actor=current_scope().actor, ticket=ticket, resolution="It is well again.")
    run_until_idle()
