# SPDX-License-Identifier: Apache-2.0
"""A person's row, and what hangs on it."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.utils import timezone

from steward.core.audit.public import Entry
from steward.core.identity.public import User, clear_ended_sessions, has_second_factor, new_one_time_password
from steward.core.tenancy.public import Client
from tests.fixtures.actors import acting_as, give_password, give_second_factor
from tests.fixtures.sign_in import sign_in

pytestmark = pytest.mark.django_db


def test_an_address_is_folded_and_taken_once(olga: User) -> None:
    assert User.objects.get_by_natural_key(" OLGA@msp.example ") == olga
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("Olga@MSP.example", side="staff")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=olga.pk).update(email="OLGA@msp.example")


@pytest.mark.parametrize(
    "fields",
    [
        {"side": "client"},
        {"side": "staff", "with_client": True},
        {"side": "client", "with_client": True, "all_clients": True},
    ],
)
def test_a_side_and_a_client_belong_together(acme: Client, fields: dict[str, object]) -> None:
    if fields.pop("with_client", False):
        fields["client"] = acme
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create_user("x@acme.example", **fields)  # type: ignore[arg-type]  # as given by the parameters


def test_django_s_own_powers_are_nobodys(olga: User) -> None:
    assert not olga.is_superuser
    assert not olga.is_staff
    assert not olga.has_perm("anything")


def test_one_time_passwords_are_long_and_never_alike() -> None:
    made = {new_one_time_password() for _ in range(200)}
    assert len(made) == 200
    assert all(len(each.replace("-", "")) == 24 for each in made)


def test_recovery_codes_are_no_second_factor_and_a_passkey_is(alice: User) -> None:
    Authenticator.objects.create(user=alice, type="recovery_codes", data={})
    assert not has_second_factor(alice)
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "k", "credential": {}})
    assert has_second_factor(alice)


def test_sessions_that_are_over_are_cleared_with_where_they_came_from(alice: User) -> None:
    give_password(alice)
    kept, over = sign_in(alice), sign_in(alice)
    Session.objects.filter(session_key=over.session.session_key).update(
        expire_date=timezone.now() - timedelta(minutes=1)
    )
    assert clear_ended_sessions() == 1
    assert [each.session_key for each in UserSession.objects.all()] == [kept.session.session_key]


def test_what_is_done_to_sign_in_is_audited(alice: User) -> None:
    give_password(alice)
    give_second_factor(alice)
    browser = sign_in(alice)
    browser.post("/accounts/logout/")
    Authenticator.objects.filter(user=alice, type="totp").first().delete()
    with acting_as(alice):
        rows = list(Entry.objects.filter(record_id=str(alice.uid)).order_by("id"))
    assert [row.kind for row in rows] == [
        "identity.factor.add",
        "identity.session.begin",
        "identity.session.end",
        "identity.factor.remove",
    ]
    assert rows[1].params["means"] == ["password", "totp"]
    assert {row.actor_id for row in rows} == {alice.pk}
    assert {row.client_id for row in rows} == {alice.client_id}
