# SPDX-License-Identifier: Apache-2.0
"""Every role against every permission and every write, as the table kept by hand has it."""

import pytest

from steward.core.access.public import (
    ACTIONS,
    OWN,
    Denied,
    Refused,
    Role,
    actor_for,
    permission_matrix,
    permissions,
    scope_for,
)
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor, Client, scoped
from steward.web import urls  # every room's pages and endpoints, so that all that declares has been imported
from tests.access_table import expected_actions, expected_permissions
from tests.fixtures.actors import make_person

PRODUCT = "steward."


def real_actions() -> dict[str, str]:
    return {name: each.permission for name, each in ACTIONS.items() if each.run.__module__.startswith(PRODUCT)}


def test_there_is_something_to_check() -> None:
    assert urls.urlpatterns
    assert len(permissions()) > 20
    assert len(real_actions()) > 20


def test_every_permission_is_held_by_the_roles_of_the_table() -> None:
    found = {
        permission.code: frozenset(r for r, held in roles.items() if held) for permission, roles in permission_matrix()
    }
    assert found == expected_permissions()


def test_every_write_asks_for_the_permission_of_the_table() -> None:
    assert real_actions() == expected_actions()


def test_every_write_asks_for_a_permission_that_is_declared() -> None:
    assert set(real_actions().values()) - set(permissions()) - {OWN} == set()


def test_no_write_asks_for_a_permission_that_only_reads() -> None:
    asked = {name: permissions()[permission] for name, permission in real_actions().items() if permission != OWN}
    assert [name for name, permission in asked.items() if permission.reads] == []


@pytest.mark.django_db
@pytest.mark.parametrize("role", list(Role))
def test_every_write_is_denied_to_the_role_unless_the_table_allows_it(role: Role, acme: Client) -> None:
    person = make_person("Per Person", role, client=None if role.of_staff else acme)
    table, actions = expected_permissions(), expected_actions()
    tried = 0
    for name, each in ACTIONS.items():
        if not each.run.__module__.startswith(PRODUCT):
            continue
        allowed = actions[name] == OWN or role in table[actions[name]]
        assert reaches(each.run, person) is allowed, f"{name} as {role}"
        tried += 1
    assert tried == len(actions)
    print(f"A4 {role}: {tried} writes tried")


@pytest.mark.django_db
def test_the_auditor_is_denied_every_write_but_those_about_themselves(aud: User) -> None:
    reached = {
        name for name, each in ACTIONS.items() if each.run.__module__.startswith(PRODUCT) and reaches(each.run, aud)
    }
    assert reached == {name for name, permission in expected_actions().items() if permission == OWN}


def reaches(write: object, person: User) -> bool:
    """Whether a write gets past its permission: without arguments, what comes next is a TypeError about them, or a refusal."""
    actor: Actor = actor_for(person)
    with scoped(scope_for(person)):
        try:
            write(actor=actor)  # type: ignore[operator]  # a guarded write
        except Denied:
            return False
        except (TypeError, Refused):
            return True
    return True
