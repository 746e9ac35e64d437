# SPDX-License-Identifier: Apache-2.0
"""What may be done about people, by whom, and never above one's own rights."""

import re
from collections.abc import Sequence

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client as Browser
from django.urls import reverse

from steward.core.access.models import RoleAssignment, StaffClient
from steward.core.access.public import (
    Denied,
    Refused,
    Role,
    actor_for,
    clients_limit_set,
    first_account,
    of_some_clients,
    own_sessions_end,
    people,
    permissions,
    permissions_of,
    person_activate,
    person_deactivate,
    person_erase,
    person_invite,
    profile_set,
    roles_of,
    roles_set,
    sessions_revoke,
)
from steward.core.audit.public import Entry, verify
from steward.core.identity.public import ExternalIdentity, OidcProvider, User
from steward.core.tenancy.public import Client
from tests.fixtures.actors import PASSWORD, acting_as, give_password, make_client, make_person
from tests.fixtures.sign_in import sign_in

pytestmark = pytest.mark.django_db


def invite(by: User, **changes: object) -> User:
    given: dict[str, object] = {
        "email": " New.Person@MSP.example ",
        "name": "  New   Person ",
        "roles": [Role.TECHNICIAN_L1],
        "client": None,
        "all_clients": True,
    }
    with acting_as(by) as actor:
        return person_invite(actor=actor, **given | changes)  # type: ignore[arg-type]  # as given by the tests


def signed_in_again(browser: Browser) -> bool:
    return browser.get(reverse("usersessions_list")).status_code == 200


def test_an_invited_person_chooses_a_password_by_the_link_and_signs_in(olga: User) -> None:
    person = invite(olga)
    assert (person.email, person.name, person.side) == ("new.person@msp.example", "New Person", "staff")
    assert not person.has_usable_password()
    body = str(mail.outbox[0].body)
    found = re.search(r"http://localhost:\d+(/accounts/password/reset/key/\S+)", body)
    assert found is not None, body
    browser = Browser()
    form = browser.get(found[1], follow=True).redirect_chain[-1][0]
    answer = browser.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 302
    assert sign_in(person).get(reverse("mfa_index")).status_code == 200
    assert "works no longer" in Browser().get(found[1]).content.decode()


def test_the_invitation_is_audited_without_a_name_or_an_address(olga: User) -> None:
    person = invite(olga)
    with acting_as(olga):
        row = Entry.objects.get(kind="people.person.invite", record_id=str(person.uid))
    assert row.params == {"roles": ["technician_l1"], "all_clients": True, "clients": []}
    assert row.actor_id == olga.pk


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nonsense"}, "email"),
        ({"email": "OLGA@msp.example"}, "email"),
        ({"name": " "}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"roles": []}, "roles"),
        ({"roles": [Role.CLIENT_USER]}, "roles"),
        ({"language": "xx"}, "language"),
        ({"timezone_name": "Mars/Base"}, "timezone"),
    ],
)
def test_bad_input_names_its_field_and_nothing_is_kept(olga: User, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        invite(olga, **changes)
    assert refused.value.field == field
    assert str(refused.value.message)
    assert User.objects.count() == 1
    assert mail.outbox == []


def test_a_client_administrator_invites_their_own_people_alone(alice: User, acme: Client, birch: Client) -> None:
    person = invite(alice, client=acme, roles=[Role.CLIENT_USER], all_clients=False)
    assert person.client_id == acme.pk
    for changes in (
        {"client": birch, "roles": [Role.CLIENT_USER], "all_clients": False},
        {"client": None, "roles": [Role.TECHNICIAN_L1], "all_clients": False},
    ):
        with pytest.raises(Denied):
            invite(alice, email="other@acme.example", **changes)


def test_whoever_sees_some_clients_gives_no_wider_view(acme: Client, birch: Client) -> None:
    mia = make_person("Mia Manager", Role.SERVICE_MANAGER, all_clients=False)
    StaffClient.objects.create(user=mia, client=acme)
    with pytest.raises(Denied):
        invite(mia, all_clients=True)
    with pytest.raises(Denied):
        invite(mia, all_clients=False, clients=[birch])
    person = invite(mia, all_clients=False, clients=[acme])
    wide = make_person("Wide View", Role.TECHNICIAN_L1)
    for other, allowed in ((person, True), (wide, False)):
        with acting_as(mia) as actor:
            if allowed:
                clients_limit_set(other, actor=actor, all_clients=False, clients=[])
            else:
                with pytest.raises(Denied):
                    clients_limit_set(other, actor=actor, all_clients=False, clients=[acme])


def test_limits_hold_as_they_are_set(olga: User, tess: User, acme: Client, birch: Client) -> None:
    with acting_as(olga) as actor:
        clients_limit_set(tess, actor=actor, all_clients=False, clients=[acme, birch])
        clients_limit_set(tess, actor=actor, all_clients=False, clients=[birch])
        with pytest.raises(Refused):
            clients_limit_set(tess, actor=actor, all_clients=True, clients=[birch])
    tess.refresh_from_db()
    with acting_as(tess):
        assert [client.name for client in Client.objects.all()] == ["Birch"]


ABOVE: Sequence[Role] = (Role.OWNER, Role.SECURITY_ANALYST, Role.BILLING)


@pytest.mark.parametrize("role", [Role.OWNER])
def test_nobody_gives_a_role_above_their_own(omar: User, tess: User, role: Role) -> None:
    with acting_as(omar) as actor, pytest.raises(Denied):
        roles_set(tess, actor=actor, roles=[role])
    with pytest.raises(Denied):
        invite(omar, roles=[role])
    with acting_as(omar) as actor, pytest.raises(Denied):
        roles_set(omar, actor=actor, roles=[role])
    assert roles_of(tess) == {Role.TECHNICIAN_L2}
    assert roles_of(omar) == {Role.SERVICE_MANAGER}


def test_nobody_touches_who_stands_above(omar: User, olga: User) -> None:
    other = make_person("Ona Owner", Role.OWNER)
    with acting_as(omar) as actor:
        for write in (person_deactivate, person_activate, sessions_revoke):
            with pytest.raises(Denied):
                write(other, actor=actor)
        with pytest.raises(Denied):
            roles_set(other, actor=actor, roles=[Role.AUDITOR])
    other.refresh_from_db()
    assert other.is_active
    assert roles_of(other) == {Role.OWNER}


def test_an_owner_who_is_switched_off_is_woken_by_an_owner_alone(omar: User, olga: User) -> None:
    other = make_person("Ona Owner", Role.OWNER)
    with acting_as(olga) as actor:
        person_deactivate(other, actor=actor)
    with acting_as(omar) as actor, pytest.raises(Denied):
        person_activate(other, actor=actor)
    with acting_as(olga) as actor:
        person_activate(other, actor=actor)
    other.refresh_from_db()
    assert other.is_active


def test_bob_can_not_touch_nor_see_alice(alice: User, bob: User, tess: User) -> None:
    with acting_as(bob) as actor:
        assert set(people()) == {bob}
        for write in (person_deactivate, sessions_revoke, person_activate):
            for other in (alice, tess):
                with pytest.raises(Denied):
                    write(other, actor=actor)
        with pytest.raises(Denied):
            roles_set(alice, actor=actor, roles=[Role.CLIENT_USER])


def test_whoever_sees_some_clients_knows_their_people_alone(alice: User, bob: User, tess: User, acme: Client) -> None:
    lim = make_person("Lim Limited", Role.TECHNICIAN_L1, all_clients=False)
    StaffClient.objects.create(user=lim, client=acme)
    with acting_as(lim):
        assert set(people()) == {alice, tess, lim}


def test_the_last_owner_stays(olga: User) -> None:
    with acting_as(olga) as actor:
        for write in (person_deactivate, person_erase):
            with pytest.raises(Refused, match="last owner"):
                write(olga, actor=actor)
        with pytest.raises(Refused, match="last owner"):
            roles_set(olga, actor=actor, roles=[Role.AUDITOR])
    other = make_person("Ona Owner", Role.OWNER)
    with acting_as(other) as actor:
        roles_set(olga, actor=actor, roles=[Role.AUDITOR])
        with pytest.raises(Refused, match="last owner"):
            person_deactivate(other, actor=actor)
    assert roles_of(olga) == {Role.AUDITOR}


def test_an_owner_who_is_switched_off_does_not_count(olga: User) -> None:
    other = make_person("Ona Owner", Role.OWNER)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with acting_as(olga) as actor, pytest.raises(Refused, match="last owner"):
        person_deactivate(olga, actor=actor)


def test_roles_are_exactly_what_was_set(olga: User, tess: User) -> None:
    with acting_as(olga) as actor:
        roles_set(tess, actor=actor, roles=[Role.TECHNICIAN_L3, Role.BILLING])
        row = Entry.objects.get(kind="people.roles.set")
    assert roles_of(tess) == {Role.TECHNICIAN_L3, Role.BILLING}
    assert row.params == {"before": ["technician_l2"], "after": ["billing", "technician_l3"]}


def test_a_role_of_the_other_side_gives_nothing_even_if_it_is_in_the_table(alice: User) -> None:
    RoleAssignment.objects.create(user=alice, role=Role.OWNER)
    assert roles_of(alice) == {Role.CLIENT_ADMIN}


def test_sessions_end_at_the_next_request(olga: User, tess: User) -> None:
    give_password(tess)
    browser, unknown = sign_in(tess), Browser()
    unknown.force_login(tess)  # a session that no list knows
    assert signed_in_again(browser)
    with acting_as(olga) as actor:
        assert sessions_revoke(tess, actor=actor) == 1
    assert not signed_in_again(browser)
    assert not signed_in_again(unknown)
    assert signed_in_again(sign_in(tess))


def test_ones_own_other_sessions_end_and_this_one_goes_on(alice: User) -> None:
    give_password(alice)
    here, there = sign_in(alice), sign_in(alice)
    with acting_as(alice) as actor:
        assert own_sessions_end(actor=actor, but=here.session.session_key) == 1
    assert signed_in_again(here)
    assert not signed_in_again(there)


def test_who_is_deactivated_is_out_at_once(olga: User, tess: User) -> None:
    give_password(tess)
    browser = sign_in(tess)
    with acting_as(olga) as actor:
        person_deactivate(tess, actor=actor)
    assert not signed_in_again(browser)
    answer = Browser().post(reverse("account_login"), {"login": tess.email, "password": PASSWORD})
    assert "is not right" in answer.content.decode(), "as with a wrong password"


def test_who_is_deactivated_comes_back_without_what_was_linked_to_them(olga: User, tess: User) -> None:
    provider = OidcProvider.objects.create(name="Other", issuer="https://id.example", client_id="x", sealed_secret="x")
    ExternalIdentity.objects.create(provider=provider, subject="somebody-else", person=tess)
    with acting_as(olga) as actor:
        person_deactivate(tess, actor=actor)
        person_activate(tess, actor=actor)
    assert not ExternalIdentity.objects.filter(person=tess).exists()


def test_whoever_sees_some_clients_changes_nothing_that_all_share(acme: Client, olga: User) -> None:
    mia = make_person("Mia Manager", Role.SERVICE_MANAGER, all_clients=False)
    StaffClient.objects.create(user=mia, client=acme)
    whole = {code for code, each in permissions().items() if each.whole}
    assert {"monitoring.manage", "oncall.manage", "sla.manage", "tickets.manage", "people.sign_in_manage"} <= whole
    assert actor_for(mia).permissions.isdisjoint(whole)
    assert actor_for(mia).permissions == of_some_clients(permissions_of([Role.SERVICE_MANAGER]))
    assert whole <= actor_for(olga).permissions
    person = invite(mia, all_clients=False, clients=[acme], roles=[Role.SERVICE_MANAGER])
    assert actor_for(person).permissions == actor_for(mia).permissions


def test_an_erased_person_is_nobody_and_the_chain_still_holds(olga: User, tess: User) -> None:
    give_password(tess)
    number, uid = tess.pk, tess.uid
    with acting_as(olga) as actor:
        person_erase(tess, actor=actor)
        assert Entry.objects.filter(record_id=str(uid), kind="people.person.erase").exists()
        with pytest.raises(Refused):
            person_activate(tess, actor=actor)
    row = User.objects.get(pk=number)
    assert "tess" not in str({field.name: getattr(row, field.attname) for field in row._meta.concrete_fields}).lower()
    assert row.erased_at is not None
    assert not Authenticator.objects.filter(user=row).exists()
    assert roles_of(row) == frozenset()
    assert {finding.kind for finding in verify([]).findings} <= {"unsealed"}, (
        "unsealed: this test's own open transaction"
    )


def test_erasing_is_the_owners_alone(omar: User, tess: User, alice: User) -> None:
    for person in (omar, alice, tess):
        with acting_as(person) as actor, pytest.raises(Denied):
            person_erase(tess, actor=actor)


def test_a_profile_is_ones_own(alice: User) -> None:
    with acting_as(alice) as actor:
        assert (
            profile_set(actor=actor, name="Alice A.", language="tr", timezone_name="Europe/Istanbul").language == "tr"
        )
        with pytest.raises(Refused):
            profile_set(actor=actor, name="", language="tr", timezone_name="Europe/Istanbul")


def test_the_first_account_is_an_owner_with_a_password_for_once(db: None) -> None:
    password = first_account("owner@localhost", "Olga Owner")
    assert len(password) >= 24
    person = User.objects.get()
    assert person.check_password(password)
    assert person.must_change_password
    assert person.all_clients
    assert roles_of(person) == {Role.OWNER}
    with pytest.raises(Refused):
        first_account("second@localhost", "Second")
    assert User.objects.count() == 1


def test_nobody_is_first_when_somebody_is_there_even_if_switched_off(tess: User) -> None:
    User.objects.update(is_active=False)
    with pytest.raises(Refused):
        first_account("second@localhost", "Second")


def test_the_first_sign_in_leads_from_step_to_step(db: None) -> None:
    password = first_account("owner@localhost", "Olga Owner")
    person = User.objects.get()
    browser = sign_in(person, password)
    assert browser.get(reverse("mfa_index")).headers["Location"] == reverse("account_change_password")
    change = {"oldpassword": password, "password1": PASSWORD, "password2": PASSWORD}
    assert browser.post(reverse("account_change_password"), change).status_code == 302
    person.refresh_from_db()
    assert not person.must_change_password
    assert browser.get(reverse("account_change_password")).headers["Location"] == reverse("mfa_index")
    assert browser.get(reverse("mfa_activate_totp")).status_code == 200, "without proving again who one is"


def test_a_client_of_the_tests_is_made_once(db: None) -> None:
    assert make_client("Acme").slug == "acme"
