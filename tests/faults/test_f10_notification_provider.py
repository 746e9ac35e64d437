# SPDX-License-Identifier: Apache-2.0
"""F10: the provider of notifications is down, slow or lies. Real mail servers, a real worker with its real clock, steps that wait
an hour: so whatever comes within a minute comes because the one before failed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.notify.own import wishes_set
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.oncall.actions import NewStep, page_acknowledge, page_open, policy_create
from steward.desk.oncall.models import Page, PageAttempt
from tests.core.notify.bounce_report import report
from tests.core.notify.hook import Hook
from tests.core.notify.mail_server import Handler, start
from tests.fixtures.actors import Acting
from tests.fixtures.worker import Worker, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.alone]
WITHIN = 60.0
START_UP = 30.0  # seconds that a worker may take until it works at all
HANGS = "hang"


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    monkeypatch.setenv("STEWARD_OUTWARD_ALLOW", '["127.0.0.1"]')
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def tess_then_omar(olga: User, tess: User, omar: User, hook: Hook, acting: Acting) -> None:
    """Tess by mail, who has nothing else; an hour later Omar, who has a channel of his own."""
    with acting(omar) as actor:
        wishes_set(actor=actor, language="", quiet_from=None, quiet_to=None, ways={}, channel=hook.url)
    with acting(olga) as actor:
        steps = [NewStep(tess, 3600), NewStep(omar, 3600)]
        policy_create(actor=actor, name="Nights", rounds=3, is_default=True, steps=steps)


@contextmanager
def mail_server(monkeypatch: pytest.MonkeyPatch, **says: str) -> Iterator[Handler]:
    handler = Handler(**says)
    server = start(handler)
    monkeypatch.setenv("STEWARD_SMTP_URL", f"smtp://127.0.0.1:{server.port}")
    yield handler
    server.stop()


def call(client: Client, olga: User, acting: Acting) -> Page:
    with acting(olga) as actor:
        return page_open(
            client,
            record_ref(client),
            actor=actor,
            key="f10",
            kind="oncall.by_hand",
            params={"text": "Core switch is down"},
        )


def rows(page: Page) -> list[PageAttempt]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(PageAttempt.objects.filter(page=page).order_by("at", "pk"))


def state_of(page: Page) -> str:
    with scoped(system_scope("tests")), transaction.atomic():
        return Page.objects.get(pk=page.pk).state


@pytest.mark.parametrize(
    ("says", "answer"),
    [
        ({"rcpt": "550 5.1.1 no such user"}, "550 5.1.1 no such user"),
        ({"data": "451 4.3.0 come back later"}, "451 4.3.0 come back later"),
        ({"rcpt": HANGS}, ""),
    ],
    ids=["refuses", "is busy", "hangs"],
)
def test_the_next_one_is_told_within_a_minute(
    says: dict[str, str],
    answer: str,
    tess_then_omar: None,
    acme: Client,
    olga: User,
    omar: User,
    hook: Hook,
    acting: Acting,
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mail_server(monkeypatch, **says) as handler:
        worker = start_worker(4)
        page = call(acme, olga, acting)
        eventually(lambda: handler.asked or handler.taken, within=START_UP, what=f"mail is tried: {worker.log[-600:]}")
        began = time.monotonic()
        eventually(lambda: hook.told, within=WITHIN, what=f"Omar is told: {worker.log[-600:]}")
        print(f"F10 ({says}): the next channel followed after {time.monotonic() - began:.1f} s")
        first, second, *_rest = rows(page)
        assert (second.at - first.at).total_seconds() <= WITHIN
        assert [(each.channel, each.person_id) for each in (first, second)] == [
            ("mail", first.person_id),
            ("channel", omar.pk),
        ]
        eventually(
            lambda: rows(page)[1].state == "sent", within=30, what="the answer of Omar's channel is written down"
        )
        assert first.state == "failed" or says.get("rcpt") == HANGS
        assert answer in rows(page)[0].answer
    assert state_of(page) == Page.State.OPEN


def test_a_mail_that_was_taken_and_came_back_is_followed_too(
    tess_then_omar: None,
    acme: Client,
    olga: User,
    hook: Hook,
    acting: Acting,
    browse: Callable[[User], Browser],
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with mail_server(monkeypatch) as handler:
        worker = start_worker(4)
        page = call(acme, olga, acting)
        eventually(lambda: handler.taken, within=START_UP, what=f"mail is taken: {worker.log[-600:]}")
        # The server changes its mind, and says so as mail servers do.
        answer = browse(olga).post(
            "/api/v1/notifications/bounces",
            {"message": report(handler.taken[0]["Message-ID"])},
            content_type="application/json",
        )
        assert answer.json() == {"known": True}
        began = time.monotonic()
        eventually(lambda: hook.told, within=WITHIN, what=f"Omar is told: {worker.log[-600:]}")
        print(f"F10 (bounces): the next channel followed after {time.monotonic() - began:.1f} s")
        first = rows(page)[0]
        assert (first.state, first.answer) == ("failed", "smtp; 550 5.1.1 no such user")


@pytest.mark.prove  # the watcher is asked once a minute, so it takes three
def test_when_nobody_is_reached_it_is_said_loudly_and_the_watcher_outside_hears_nothing(
    acme: Client,
    olga: User,
    tess: User,
    hook: Hook,
    acting: Acting,
    browse: Callable[[User], Browser],
    start_worker: Callable[..., Worker],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STEWARD_HEARTBEAT_URL", f"http://127.0.0.1:{hook.server_port}/key")
    with acting(olga) as actor:
        policy_create(actor=actor, name="Tess", rounds=2, is_default=True, steps=[NewStep(tess, 3600)])
    with mail_server(monkeypatch, rcpt="550 5.1.1 no such user"):
        worker = start_worker(4)
        eventually(lambda: hook.asked, within=90, what=f"the watcher is asked every minute: {worker.log[-600:]}")
        page = call(acme, olga, acting)
        eventually(lambda: state_of(page) == Page.State.NOBODY_REACHED, within=WITHIN, what="nobody is reached")
        assert "A page reached nobody." in browse(olga).get("/").content.decode()
        heard, until = len(hook.asked), time.monotonic() + 75
        while time.monotonic() < until:
            assert len(hook.asked) == heard, "the watcher was told that all is well"
            time.sleep(0.5)
        with acting(olga) as actor:
            page_acknowledge(page, actor=actor, via="console")
        assert "A page reached nobody." not in browse(olga).get("/").content.decode()
        eventually(lambda: len(hook.asked) > heard, within=90, what="the watcher is asked again")
