# SPDX-License-Identifier: Apache-2.0
import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection, transaction

from steward.core.access.public import Denied, Refused, Role
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, ForeignClient, scoped, system_scope
from steward.desk.oncall import public, queries
from steward.desk.oncall.actions import (
    NewStep,
    override_add,
    override_remove,
    page_acknowledge,
    page_end,
    page_open,
    policy_create,
    policy_edit,
    roster_create,
    roster_edit,
)
from steward.desk.oncall.models import EscalationPolicy, Override, Page, Roster
from tests.desk.oncall.conftest import OpenPage, again, attempts
from tests.fixtures.actors import Acting, make_person

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def now() -> datetime:
    return datetime.now(UTC)


def audited(kind: str) -> list[dict[str, Any]]:
    with scoped(system_scope("tests")), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select params from audit.entry where kind = %s order by id", [kind])
        return [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in cursor.fetchall()]


def test_tess_gives_the_next_hours_to_omar_and_omar_is_on_duty(
    tess: User, omar: User, night_roster: Roster, acting: Acting
) -> None:
    found = public.on_duty(night_roster.pk, now())
    assert found is not None
    assert (found.person_id, found.name) == (tess.pk, "Tess Technician")
    with acting(tess) as actor:
        override_add(night_roster, actor=actor, person=omar, starts_at=now(), ends_at=now() + 8 * HOUR, reason="ill")
    found = public.on_duty(night_roster.pk, now() + HOUR)
    assert found is not None
    assert (found.person_id, found.name) == (omar.pk, "Omar Manager")
    later = public.on_duty(night_roster.pk, now() + 9 * HOUR)
    assert later is not None
    assert later.person_id == tess.pk


def test_a_shift_is_taken_over_for_the_future_by_somebody_who_may_answer(
    tess: User, aud: User, alice: User, night_roster: Roster, acting: Acting
) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("starts_at", {"starts_at": now() - 2 * HOUR}),
        ("ends_at", {"ends_at": now() - HOUR}),
        ("ends_at", {"ends_at": now() + timedelta(days=100)}),
        ("person", {"person": aud}),
        ("person", {"person": alice}),
    ]
    with acting(tess) as actor:
        for field, changes in wrong:
            values = {"person": tess, "starts_at": now(), "ends_at": now() + HOUR} | changes
            with pytest.raises(Refused, match=field):
                override_add(night_roster, actor=actor, **values)
    assert not Override.objects.exists()
    with acting(aud) as actor, pytest.raises(Denied):
        override_add(night_roster, actor=actor, person=tess, starts_at=now(), ends_at=now() + HOUR)


def test_a_shift_that_was_taken_over_is_given_back_from_now_on(
    tess: User, deniz: User, night_roster: Roster, acting: Acting
) -> None:
    with acting(tess) as actor:
        runs = override_add(night_roster, actor=actor, person=deniz, starts_at=now() - HOUR / 2, ends_at=now() + HOUR)
        ahead = override_add(night_roster, actor=actor, person=deniz, starts_at=now() + HOUR, ends_at=now() + 2 * HOUR)
        override_remove(runs, actor=actor)
        override_remove(ahead, actor=actor)
        with pytest.raises(Refused, match="override"):
            override_remove(runs, actor=actor)
    runs.refresh_from_db()
    assert runs.removed_at is None
    assert runs.ends_at <= now()
    assert queries.overrides_of(queries.roster(night_roster.uid)) == [runs]
    found = public.on_duty(night_roster.pk, now() + HOUR * 1.5)
    assert found is not None
    assert found.person_id == tess.pk


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("name", {"name": "  "}),
        ("zone", {"zone": "Moon/Base"}),
        ("unit", {"unit": "fortnights"}),
        ("length", {"length": 0}),
        ("length", {"length": 53}),
        ("handover", {"handover": time(8, 0, 30)}),
        ("people", {"people": []}),
        ("people", {"people": "the auditor"}),
    ],
)
def test_a_roster_that_cannot_be_names_the_field(
    olga: User, tess: User, aud: User, acting: Acting, field: str, changes: dict[str, Any]
) -> None:
    values: dict[str, Any] = {
        "name": "Nights", "zone": "Europe/Istanbul", "unit": "weeks", "length": 1, "handover": time(8),
        "starts_on": date(2026, 11, 2), "people": [tess],
    }  # fmt: skip
    values |= {"people": [tess, aud]} if changes == {"people": "the auditor"} else changes
    with acting(olga) as actor, pytest.raises(Refused, match=field):
        roster_create(actor=actor, **values)
    assert not Roster.objects.exists()


def test_a_roster_is_changed_and_the_change_is_written_down(
    olga: User, tess: User, deniz: User, night_roster: Roster, acting: Acting
) -> None:
    values: dict[str, Any] = {
        "name": "Nights and days", "zone": "Europe/Istanbul", "unit": "days", "length": 2, "handover": time(9),
        "starts_on": date(2026, 11, 2), "people": [deniz, tess, deniz],
    }  # fmt: skip
    with acting(tess) as actor, pytest.raises(Denied):
        roster_edit(night_roster, actor=actor, **values)
    with acting(olga) as actor:
        roster_edit(night_roster, actor=actor, **values)
        with pytest.raises(Refused, match="name"):
            roster_create(actor=actor, **values)
    assert queries.roster(night_roster.uid).rotation().people == (deniz.pk, tess.pk, deniz.pk)
    (entry,) = audited("oncall.roster.edit")
    assert entry["changed"]["people"] == [[tess.pk, deniz.pk], [deniz.pk, tess.pk, deniz.pk]]


def test_the_first_escalation_is_the_default_and_one_always_is(olga: User, tess: User, acting: Acting) -> None:
    steps = [NewStep(tess, 60)]
    with acting(olga) as actor:
        first = policy_create(actor=actor, name="First", rounds=1, is_default=False, steps=steps)
        second = policy_create(actor=actor, name="Second", rounds=1, is_default=True, steps=steps)
        first.refresh_from_db()
        assert (first.is_default, second.is_default) == (False, True)
        with pytest.raises(Refused, match="is_default"):
            policy_edit(second, actor=actor, name="Second", rounds=1, is_default=False, steps=steps)
        for field, changes in (
            ("name", {"name": ""}),
            ("name", {"name": "First"}),
            ("rounds", {"rounds": 11}),
            ("steps", {"steps": []}),
            ("steps", {"steps": [NewStep(tess, 1)]}),
            ("steps", {"steps": [NewStep(Role.CLIENT_ADMIN, 60)]}),
        ):
            values: dict[str, Any] = {"name": "Third", "rounds": 1, "is_default": False, "steps": steps}
            with pytest.raises(Refused, match=field):
                policy_create(actor=actor, **(values | changes))
    assert EscalationPolicy.objects.count() == 2


def test_a_page_is_opened_once_for_a_record_and_a_key(
    policy: EscalationPolicy, open_page: OpenPage, tess: User, acting: Acting
) -> None:
    page = open_page("Core switch is down", key="switch")
    assert open_page("Core switch is down again", key="switch").pk == page.pk
    assert open_page("Another thing", key="router").pk != page.pk
    with acting(tess) as actor:
        page_end(page, actor=actor)
    assert open_page("Core switch is down", key="switch").pk == page.pk, "also when it is over"
    assert page.plan["steps"][1] == {"whom": "role:service_manager", "wait": 3600}


def test_a_page_keeps_the_escalation_it_was_opened_with(
    policy: EscalationPolicy, open_page: OpenPage, olga: User, tess: User, acting: Acting
) -> None:
    page = open_page()
    with acting(olga) as actor:
        policy_edit(policy, actor=actor, name="Nights", rounds=1, is_default=True, steps=[NewStep(tess, 60)])
    assert again(page).escalation().positions == 4


def test_what_is_no_page_is_refused(
    policy: EscalationPolicy, acme: Client, birch: Client, bob: User, tess: User, acting: Acting
) -> None:
    ref = record_ref(acme)
    with acting(tess) as actor:
        for field, values in (
            ("key", {"key": "", "kind": "oncall.test"}),
            ("key", {"key": "x" * 121, "kind": "oncall.test"}),
            ("params", {"key": "x", "kind": "oncall.test", "params": {"more": 1}}),
            ("params", {"key": "x", "kind": "oncall.by_hand", "params": {"text": "x" * 3000}}),
        ):
            with pytest.raises(Refused, match=field):
                page_open(acme, ref, actor=actor, **values)  # type: ignore[arg-type]  # one of each
        with pytest.raises(public.UnknownPageKind):
            page_open(acme, ref, actor=actor, key="x", kind="no.such")
    with acting(bob) as actor, pytest.raises(Denied):
        page_open(birch, record_ref(birch), actor=actor, key="x", kind="oncall.test")
    lena = make_person("Lena Limited", Role.TECHNICIAN_L2, all_clients=False)
    with acting(lena) as actor, pytest.raises(ForeignClient):
        page_open(acme, ref, actor=actor, key="x", kind="oncall.test")


def test_the_first_to_acknowledge_has_it(
    policy: EscalationPolicy, open_page: OpenPage, tess: User, omar: User, aud: User, acting: Acting
) -> None:
    page = open_page()
    with acting(aud) as actor, pytest.raises(Denied):
        page_acknowledge(page, actor=actor, via="console")
    with acting(tess) as actor:
        assert page_acknowledge(page, actor=actor, via="console")
    with acting(omar) as actor:
        assert not page_acknowledge(page, actor=actor, via="console")
        found = again(page)
        assert (found.state, found.acknowledged_by, found.look_at) == (Page.State.ACKNOWLEDGED, tess, None)
        assert page_end(page, actor=actor)
        assert not page_end(page, actor=actor)
        assert not page_acknowledge(page, actor=actor, via="console")
    assert again(page).state == Page.State.ENDED
    assert [each["via"] for each in audited("oncall.page.acknowledge")] == ["console"]


@pytest.mark.django_db(transaction=True)
def test_what_is_acknowledged_before_anybody_was_told_tells_nobody(
    policy: EscalationPolicy, open_page: OpenPage, tess: User, acting: Acting
) -> None:
    page = open_page()
    with acting(tess) as actor:
        page_acknowledge(page, actor=actor, via="console")
    run_until_idle()
    assert attempts(page) == []
