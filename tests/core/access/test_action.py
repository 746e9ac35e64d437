# SPDX-License-Identifier: Apache-2.0
"""The form of every write: permission first, one transaction, the actor's own name in the audit."""

import pytest
from django.db import connection

from steward.core.access import action as module
from steward.core.access.public import OWN, Denied, Refused, RefusedMany, action
from steward.core.audit.public import Entry, audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, NoScope, current_scope, scoped, system_scope
from tests.fixtures.actors import acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ACTIONS", dict(module.ACTIONS))


def test_without_the_permission_nothing_is_run(tess: User) -> None:
    ran = []

    @action(permission="people.manage")
    def write(*, actor: Actor) -> None:
        ran.append(actor)

    with acting_as(tess) as actor, pytest.raises(Denied) as denied:
        write(actor=actor)
    assert denied.value.permission == "people.manage"
    assert ran == []


def test_it_runs_in_a_transaction_that_is_undone_as_a_whole(olga: User, tess: User) -> None:
    @action(permission="people.manage")
    def write(*, actor: Actor) -> None:
        assert connection.in_atomic_block
        audit("tests.write.run", None)
        User.objects.filter(pk=tess.pk).update(name="Changed")
        raise Refused("name", "no")

    with acting_as(olga) as actor:
        with pytest.raises(Refused):
            write(actor=actor)
        tess.refresh_from_db()
        assert tess.name == "Tess Technician"
        assert not Entry.objects.filter(kind="tests.write.run").exists()


def test_the_audit_names_the_actor_and_not_who_opened_the_scope(olga: User) -> None:
    @action(permission="people.manage")
    def write(*, actor: Actor) -> None:
        audit("tests.write.run", None)

    with acting_as(olga) as actor:
        pass
    with scoped(system_scope("a job")):
        write(actor=actor)
        assert current_scope().actor.kind == "system"
    with acting_as(olga):
        assert Entry.objects.get(kind="tests.write.run").actor_id == olga.pk


def test_it_needs_an_actor_and_a_scope(olga: User) -> None:
    @action(permission="people.manage")
    def write(*, actor: Actor) -> None:
        """Does nothing."""

    with pytest.raises(TypeError, match="needs actor="):
        write()  # type: ignore[call-arg]  # on purpose
    with acting_as(olga) as actor:
        pass
    with pytest.raises(NoScope):
        write(actor=actor)


def test_what_is_about_oneself_asks_for_no_permission(alice: User) -> None:
    @action(permission=OWN)
    def write(*, actor: Actor) -> int:
        return 7

    with acting_as(alice) as actor:
        assert write(actor=actor) == 7


def test_it_is_listed_with_its_permission() -> None:
    @action(permission="people.view")
    def write(*, actor: Actor) -> None:
        """Does nothing."""

    assert [each.permission for name, each in module.ACTIONS.items() if name.endswith(".write")] == ["people.view"]


def test_a_refusal_tells_every_field() -> None:
    refused = RefusedMany({"email": "taken", "": "as a whole"})
    assert refused.errors == {"email": "taken", "": "as a whole"}
    assert "email: taken" in str(refused)
    one = Refused("name", "missing")
    assert (one.field, one.message, one.errors) == ("name", "missing", {"name": "missing"})
    assert isinstance(one, RefusedMany)
