# SPDX-License-Identifier: Apache-2.0
"""A token gives what its owner has at that moment, and never more than it was made with."""

from datetime import timedelta

import pytest
from django.utils import timezone

from steward.core.access.models import ApiToken, StaffClient
from steward.core.access.public import (
    Denied,
    Refused,
    Role,
    actor_for_token,
    permissions_of,
    person_deactivate,
    roles_set,
    scope_for_token,
    token_mint,
    token_revoke,
)
from steward.core.audit.public import Entry
from steward.core.identity.public import User
from steward.core.tenancy.public import ALL, Client, scoped
from tests.fixtures.actors import acting_as, make_person

pytestmark = pytest.mark.django_db


def mint(owner: User, **changes: object) -> tuple[ApiToken, str]:
    given: dict[str, object] = {
        "name": "CI",
        "permissions": ["people.view"],
        "clients": None,
        "expires_at": timezone.now() + timedelta(days=30),
    }
    with acting_as(owner) as actor:
        return token_mint(actor=actor, **given | changes)  # type: ignore[arg-type]  # as given by the tests


def test_a_token_works_and_only_its_hash_is_kept(tess: User) -> None:
    token, secret = mint(tess)
    assert secret.startswith("stw_")
    assert len(secret) > 40
    actor = actor_for_token(secret)
    assert actor is not None
    assert (actor.kind, actor.user_id, actor.permissions) == ("token", tess.pk, {"people.view"})
    row = ApiToken.objects.values().get()
    assert secret not in str(row)
    assert row["hint"] == secret[:8]
    with acting_as(tess):
        assert secret not in str(list(Entry.objects.values()))
    token.refresh_from_db()
    assert token.last_used_at is not None


@pytest.mark.parametrize("secret", ["", "stw_", "stw_" + "x" * 43, "bearer", "stw_\x00", "stw_ş"])
def test_what_is_no_token_gives_nothing(db: None, secret: str) -> None:
    assert scope_for_token(secret) is None


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"permissions": []}, "permissions"),
        ({"permissions": ["people.manage"]}, "permissions"),
        ({"permissions": ["people.view", "no.such"]}, "permissions"),
        ({"permissions": ["*"]}, "permissions"),
        ({"clients": []}, "clients"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "expires_at"),
        ({"expires_at": timezone.now() + timedelta(days=400)}, "expires_at"),
    ],
)
def test_a_token_beyond_its_makers_rights_is_not_made(tess: User, changes: dict[str, object], field: str) -> None:
    with pytest.raises(Refused) as refused:
        mint(tess, **changes)
    assert refused.value.field == field
    assert not ApiToken.objects.exists()


def test_a_token_for_a_client_one_does_not_see_is_not_made(alice: User, birch: Client) -> None:
    with pytest.raises(Refused) as refused:
        mint(alice, clients=[birch])
    assert refused.value.field == "clients"


def test_a_token_makes_no_token(tess: User) -> None:
    _, secret = mint(tess, permissions=["people.view", "tokens.mint"])
    scope = scope_for_token(secret)
    assert scope is not None
    with scoped(scope), pytest.raises(Denied):
        token_mint(
            actor=scope.actor,
            name="x",
            permissions=["people.view"],
            clients=None,
            expires_at=timezone.now() + timedelta(days=1),
        )


def test_rights_that_the_owner_loses_the_token_loses_too(olga: User) -> None:
    ona = make_person("Ona Owner", Role.OWNER)
    _, secret = mint(ona, permissions=["people.view", "people.manage", "people.erase"])
    with acting_as(olga) as actor:
        roles_set(ona, actor=actor, roles=[Role.SERVICE_MANAGER])
    given = actor_for_token(secret)
    assert given is not None
    assert given.permissions == {"people.view", "people.manage"}
    with acting_as(olga) as actor:
        roles_set(ona, actor=actor, roles=[Role.AUDITOR])
    given = actor_for_token(secret)
    assert given is not None
    assert given.permissions == {"people.view"}


@pytest.mark.parametrize("role", list(Role))
def test_a_tokens_rights_are_never_above_its_owners_for_any_role(role: Role, acme: Client) -> None:
    own = permissions_of([role])
    if "tokens.mint" not in own:
        return
    person = make_person("Per Person", role, client=None if role.of_staff else acme)
    _, secret = mint(person, permissions=sorted(own))
    given = actor_for_token(secret)
    assert given is not None
    assert given.permissions <= own


def test_a_token_for_some_clients_changes_nothing_that_all_share(olga: User, acme: Client) -> None:
    _, narrow = mint(olga, permissions=["monitoring.manage", "monitoring.view"], clients=[acme])
    _, wide = mint(olga, permissions=["monitoring.manage", "monitoring.view"])
    told = [actor_for_token(secret) for secret in (narrow, wide)]
    assert [sorted(each.permissions) for each in told if each is not None] == [
        ["monitoring.view"],
        ["monitoring.manage", "monitoring.view"],
    ]


def test_clients_that_the_owner_loses_the_token_loses_too(acme: Client, birch: Client) -> None:
    lim = make_person("Lim Limited", Role.TECHNICIAN_L1, all_clients=True)
    _, wide = mint(lim)
    _, narrow = mint(lim, clients=[acme])

    def seen(secret: str) -> object:
        scope = scope_for_token(secret)
        assert scope is not None
        return scope.clients

    assert (seen(wide), seen(narrow)) == (ALL, {acme.pk})
    lim.all_clients = False
    lim.save()
    StaffClient.objects.create(user=lim, client=birch)
    assert (seen(wide), seen(narrow)) == ({birch.pk}, frozenset())


def test_revoked_expired_and_orphaned_tokens_give_nothing(olga: User, tess: User) -> None:
    token, secret = mint(tess)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    assert scope_for_token(secret) is None

    token, secret = mint(tess)
    with acting_as(tess) as actor:
        token_revoke(token, actor=actor)
    assert scope_for_token(secret) is None

    token, secret = mint(tess)
    tess._meta.apps.get_model("mfa", "Authenticator").objects.filter(user=tess).delete()
    assert scope_for_token(secret) is None, "staff without a second factor"

    ona = make_person("Ona Owner", Role.OWNER)
    token, secret = mint(ona)
    with acting_as(olga) as actor:
        person_deactivate(ona, actor=actor)
    assert scope_for_token(secret) is None


def test_a_token_is_revoked_by_its_owner_or_who_manages_people(tess: User, omar: User, alice: User, bob: User) -> None:
    own, _ = mint(tess)
    of_alice, _ = mint(alice)
    with acting_as(bob) as actor, pytest.raises(Denied):
        token_revoke(of_alice, actor=actor)
    with acting_as(tess) as actor, pytest.raises(Denied):
        token_revoke(of_alice, actor=actor)
    with acting_as(omar) as actor:
        token_revoke(own, actor=actor)
        token_revoke(of_alice, actor=actor)
    assert ApiToken.objects.filter(revoked_at__isnull=True).count() == 0


def test_last_use_is_written_at_most_once_a_minute(tess: User) -> None:
    token, secret = mint(tess)
    scope_for_token(secret)
    token.refresh_from_db()
    first = token.last_used_at
    scope_for_token(secret)
    token.refresh_from_db()
    assert token.last_used_at == first
