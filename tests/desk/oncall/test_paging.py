# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, transaction
from psycopg import sql

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.notify.own import wishes_set
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.oncall import heartbeat, paging, queries, tasks
from steward.desk.oncall.actions import NewStep, page_acknowledge, policy_create
from steward.desk.oncall.models import EscalationPolicy, Page, PageAttempt
from steward.desk.oncall.words import answer_words
from steward.settings.env import get_settings
from tests.core.notify.hook import Hook
from tests.core.notify.mail_server import Handler
from tests.desk.oncall.conftest import OpenPage, again, attempts, let_pass, work
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def look(page: Page) -> None:
    """What the clock does."""
    with scoped(system_scope("tests")), transaction.atomic():
        paging.advance(page.pk)
    work()


def own_channel(person: User, hook: Hook, acting: Acting) -> None:
    with acting(person) as actor:
        wishes_set(actor=actor, language="", quiet_from=None, quiet_to=None, ways={}, channel=hook.url)


def test_whoever_is_on_duty_is_mailed_with_a_link_and_the_answer_is_kept(
    mail: Handler, policy: EscalationPolicy, open_page: OpenPage, tess: User
) -> None:
    page = open_page()
    work()
    (message,) = mail.taken
    assert message["To"].addresses[0].addr_spec == tess.email
    assert message["Subject"] == "Page: Core switch is down (Acme)"
    body = message.get_body(("plain",))
    assert body is not None
    assert f"{get_settings().base_url}/oncall/answer/" in body.get_content()
    look(page)
    assert attempts(page) == [(0, "Tess Technician", "mail", "sent")]
    with scoped(system_scope("tests")), transaction.atomic():
        (row,) = PageAttempt.objects.all()
    assert (row.answer, answer_words(row)) == ("250 2.0.0 taken as queue-id 4711",) * 2


def test_the_key_of_the_link_lies_in_no_table(mail: Handler, policy: EscalationPolicy, open_page: OpenPage) -> None:
    open_page()
    work()
    body: Any = mail.taken[0].get_body(("plain",))
    key = body.get_content().partition("/oncall/answer/")[2].partition("/")[0]
    assert len(key) == 43
    with scoped(system_scope("tests")), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "select table_schema, table_name from information_schema.tables where table_schema in ('public', 'audit')"
        )
        for schema, table in cursor.fetchall():
            count = sql.SQL("select count(*) from {} t where t::text like %s").format(sql.Identifier(schema, table))
            cursor.execute(count, [f"%{key}%"])
            assert cursor.fetchone() == (0,), table


def test_the_next_step_comes_when_nobody_acknowledges_for_as_long_as_the_step_waits(
    mail: Handler, policy: EscalationPolicy, open_page: OpenPage, omar: User
) -> None:
    page = open_page()
    work()
    look(page)
    look(page)
    assert len(mail.taken) == 1, "looking more often changes nothing"
    let_pass(page, timedelta(hours=1))
    look(page)
    assert [each["To"].addresses[0].addr_spec for each in mail.taken] == ["tess@msp.example", omar.email]


def test_a_refused_mail_is_followed_by_the_next_step_without_the_clock(
    mail: Handler, hook: Hook, policy: EscalationPolicy, open_page: OpenPage, omar: User, acting: Acting
) -> None:
    own_channel(omar, hook, acting)
    mail.rcpt = "550 5.1.1 no such user"
    page = open_page()
    work()
    assert [told["title"] for told in hook.told] == ["Page: Core switch is down (Acme)"]
    look(page)
    assert attempts(page) == [(0, "Tess Technician", "mail", "failed"), (1, "Omar Manager", "channel", "sent")]


def test_a_channel_that_fails_is_followed_by_the_mail_to_the_same_person(
    mail: Handler, hook: Hook, open_page: OpenPage, olga: User, omar: User, acting: Acting
) -> None:
    own_channel(omar, hook, acting)
    hook.status = 500
    with acting(olga) as actor:
        policy_create(actor=actor, name="Omar", rounds=3, is_default=True, steps=[NewStep(omar, 3600)])
    page = open_page()
    work()
    assert attempts(page)[:2] == [(0, "Omar Manager", "channel", "failed"), (0, "Omar Manager", "mail", "pending")]
    assert len(mail.taken) == 1


def test_nobody_reached_is_said_to_the_managers_and_over_every_page_until_somebody_acknowledges(
    mail: Handler, policy: EscalationPolicy, open_page: OpenPage, omar: User, olga: User, acting: Acting, browse: Any
) -> None:
    mail.rcpt = "550 5.1.1 no such user"
    page = open_page()
    work()
    assert again(page).state == Page.State.NOBODY_REACHED
    assert [each[0] for each in attempts(page)] == [0, 1], "no second round when nothing got through"
    banner = "A page reached nobody."
    assert banner in browse(omar).get("/").content.decode()
    assert f"/oncall/pages/{page.number}/" in browse(omar).get("/inbox/").content.decode()
    with scoped(system_scope("tests")), transaction.atomic():
        assert not heartbeat.all_is_well()
    with acting(olga) as actor:
        assert page_acknowledge(page, actor=actor, via="console")
    assert banner not in browse(omar).get("/").content.decode()
    with scoped(system_scope("tests")), transaction.atomic():
        assert heartbeat.all_is_well()


def test_a_page_without_any_escalation_reaches_nobody_at_once(open_page: OpenPage) -> None:
    page = open_page()
    work()
    assert again(page).state == Page.State.NOBODY_REACHED


def test_the_same_client_is_shown_to_those_alone_who_may_see_it(
    mail: Handler, open_page: OpenPage, olga: User, acting: Acting
) -> None:
    """A step that names somebody who may not see the client finds nobody, and the next one comes at once."""
    lena = make_person("Lena Limited", Role.TECHNICIAN_L3, all_clients=False)
    gone = make_person("Gina Gone", Role.TECHNICIAN_L3)
    with acting(olga) as actor:
        steps = [NewStep(lena, 600), NewStep(gone, 600), NewStep(olga, 600)]
        policy_create(actor=actor, name="Lena", rounds=1, is_default=True, steps=steps)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    page = open_page()
    work()
    assert attempts(page)[:3] == [(0, "", "", "failed"), (1, "", "", "failed"), (2, "Olga Owner", "mail", "pending")]
    assert [each["To"].addresses[0].addr_spec for each in mail.taken] == [olga.email]
    with scoped(system_scope("tests")), transaction.atomic():
        assert "nobody who may answer" in answer_words(queries.attempts(page)[0])


def test_two_workers_that_look_at_once_tell_once(mail: Handler, policy: EscalationPolicy, open_page: OpenPage) -> None:
    page = open_page()
    ready = Barrier(4)

    def hurry() -> None:
        try:
            ready.wait(10)
            with scoped(system_scope("tests")), transaction.atomic():
                paging.advance(page.pk)
        finally:
            connection.close()

    threads = [Thread(target=hurry) for _each in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
    work()
    assert len(attempts(page)) == len(mail.taken) == 1


def test_what_is_rolled_back_told_nobody(mail: Handler, policy: EscalationPolicy, open_page: OpenPage) -> None:
    """As when a worker is killed after it decided and before it committed."""
    page = open_page()
    with scoped(system_scope("tests")), transaction.atomic():
        paging.advance(page.pk)
        assert len(PageAttempt.objects.all()) == 1
        transaction.set_rollback(True)
    work()
    assert len(attempts(page)) == len(mail.taken) == 1


def test_the_tick_looks_at_what_is_due_and_at_nothing_else(
    policy: EscalationPolicy, open_page: OpenPage, mail: Handler
) -> None:
    due, later = open_page("One"), open_page("Two")
    with scoped(system_scope("tests")), transaction.atomic():
        Page.objects.filter(pk=later.pk).update(look_at=paging.db_now() + timedelta(hours=1))
        tasks.tick()
        tasks.tick()
    with connection.cursor() as cursor:
        cursor.execute(
            "select args -> 'ids' ->> 'page' from procrastinate_jobs where queueing_lock like 'oncall.page:%'"
        )
        assert cursor.fetchall() == [(str(due.pk),)]


def test_a_page_whose_next_step_is_late_is_not_well(open_page: OpenPage, policy: EscalationPolicy) -> None:
    page = open_page()
    with scoped(system_scope("tests")), transaction.atomic():
        assert heartbeat.all_is_well()
        Page.objects.filter(pk=page.pk).update(look_at=paging.db_now() - timedelta(minutes=3))
        assert not heartbeat.all_is_well()


def test_the_watcher_outside_is_asked_while_all_is_well_and_not_otherwise(
    hook: Hook, open_page: OpenPage, acme: Client
) -> None:
    get_settings().heartbeat_url = f"http://127.0.0.1:{hook.server_port}/key"
    try:
        with scoped(system_scope("tests")):
            tasks.heartbeat()
            assert len(hook.asked) == 1
            open_page()
            work()  # reaches nobody, since there is no escalation
            before = len(hook.asked)
            tasks.heartbeat()
        assert len(hook.asked) == before
    finally:
        get_settings().heartbeat_url = ""


def test_a_watcher_that_is_away_raises_nothing() -> None:
    assert not heartbeat.ping("http://127.0.0.1:9/key")
