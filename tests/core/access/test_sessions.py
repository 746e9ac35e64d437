# SPDX-License-Identifier: Apache-2.0
"""Ending single sessions: one's own, and those of people whom one may act on."""

from uuid import UUID, uuid4

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import (
    Denied,
    Refused,
    Role,
    own_session_end,
    own_sessions,
    session_revoke,
    sessions_within_reach,
)
from steward.core.audit.public import Entry
from steward.core.identity.public import NoSession, User, sessions_of
from steward.core.tenancy.public import Actor, scoped
from tests.fixtures.actors import acting_as, give_password, make_person
from tests.fixtures.sign_in import known_session, sign_in

pytestmark = pytest.mark.django_db


def is_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


def key(browser: Browser) -> str:
    return str(browser.session.session_key)


def uid(person: User, browser: Browser) -> UUID:
    return next(each.uid for each in sessions_of(person) if each.key == key(browser))


def test_alice_ends_one_of_her_sessions_and_the_others_go_on(alice: User) -> None:
    give_password(alice)
    here, there, elsewhere = (sign_in(alice) for _ in range(3))
    with acting_as(alice) as actor:
        assert {each.key for each in own_sessions(actor=actor)} == {key(here), key(there), key(elsewhere)}
        own_session_end(uid(alice, there), actor=actor, here=key(here))
        row = Entry.objects.get(kind="people.session.end")
    assert [is_in(each) for each in (here, there, elsewhere)] == [True, False, True]
    assert (row.actor_id, row.record_id, row.params) == (alice.pk, str(alice.uid), {})


def test_the_session_in_use_is_ended_by_signing_out_alone(alice: User) -> None:
    here = known_session(alice)
    with acting_as(alice) as actor, pytest.raises(Refused, match="Sign out"):
        own_session_end(uid(alice, here), actor=actor, here=key(here))
    assert is_in(here)


def test_another_persons_session_is_as_unknown_as_nobodys(alice: User, bob: User) -> None:
    hers = known_session(alice)
    with acting_as(bob) as actor:
        for foreign in (uid(alice, hers), uuid4()):
            with pytest.raises(NoSession):
                own_session_end(foreign, actor=actor, here=None)
        assert not Entry.objects.filter(kind="people.session.end").exists()
    assert is_in(hers)


def test_the_name_of_a_session_that_ended_ends_no_later_one(alice: User, bob: User) -> None:
    first = known_session(alice)
    name, old = uid(alice, first), key(first)
    with acting_as(alice) as actor:
        own_session_end(name, actor=actor, here=None)
    # The same key in the hands of somebody else, as if it had been dealt out again.
    theirs = known_session(bob)
    Session.objects.filter(session_key=key(theirs)).update(session_key=old)
    UserSession.objects.filter(session_key=key(theirs)).update(session_key=old)
    again = known_session(alice)
    for person in (alice, bob):
        with acting_as(person) as actor, pytest.raises(NoSession):
            own_session_end(name, actor=actor, here=None)
    assert is_in(again)
    assert Session.objects.filter(session_key=old).exists()


def test_a_session_that_a_new_password_or_time_has_closed_is_not_listed(alice: User) -> None:
    over, kept = known_session(alice), known_session(alice)
    Session.objects.filter(session_key=key(over)).update(expire_date=timezone.now())
    assert [each.key for each in sessions_of(alice)] == [key(kept)]
    give_password(alice)
    assert sessions_of(alice) == []


def test_the_key_of_a_session_is_not_in_its_name(alice: User) -> None:
    browser = known_session(alice)
    assert key(browser) not in str(uid(alice, browser))
    assert uid(alice, browser) == uid(alice, browser)


def test_a_token_neither_sees_nor_ends_its_owners_sessions(olga: User) -> None:
    browser = known_session(olga)
    with acting_as(olga) as actor:
        token = Actor("token", "script", actor.permissions, olga.pk, None)
        with pytest.raises(Denied):
            own_sessions(actor=token)
        with pytest.raises(Denied):
            own_session_end(uid(olga, browser), actor=token, here=None)


def test_olga_ends_one_session_of_tess(olga: User, tess: User) -> None:
    lost, kept = known_session(tess), known_session(tess)
    with acting_as(olga) as actor:
        found = sessions_within_reach(tess, actor=actor)
        assert found is not None
        assert {each.key for each in found} == {key(lost), key(kept)}
        session_revoke(tess, uid(tess, lost), actor=actor, here=None)
        row = Entry.objects.get(kind="people.session.revoke")
    assert [is_in(lost), is_in(kept)] == [False, True]
    assert (row.actor_id, row.record_id) == (olga.pk, str(tess.uid))


def test_a_session_is_ended_through_its_own_person_alone(olga: User, tess: User, omar: User) -> None:
    hers = known_session(tess)
    with acting_as(olga) as actor, pytest.raises(NoSession):
        session_revoke(omar, uid(tess, hers), actor=actor, here=None)
    assert is_in(hers)


def test_whoever_may_not_act_on_a_person_does_not_see_where_they_are_signed_in(
    olga: User, omar: User, tess: User, alice: User, bob: User
) -> None:
    name = uid(olga, known_session(olga))
    for actor_person, person in ((omar, olga), (bob, alice), (tess, omar)):
        with acting_as(actor_person) as actor:
            assert sessions_within_reach(person, actor=actor) is None
            with pytest.raises(Denied):
                session_revoke(person, name, actor=actor, here=None)
    assert len(sessions_of(olga)) == 1


def test_staff_limited_to_other_clients_see_none_of_hers(alice: User) -> None:
    limited = make_person("Lim Limited", Role.SERVICE_MANAGER, all_clients=False)
    known_session(alice)
    with acting_as(limited) as actor:
        assert sessions_within_reach(alice, actor=actor) is None
    with scoped(None):
        assert len(sessions_of(alice)) == 1
