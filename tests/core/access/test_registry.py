# SPDX-License-Identifier: Apache-2.0
"""Permissions as rooms declare them, and the two rules that stand above: the owner's and the auditor's."""

import pytest

from steward.core.access import registry
from steward.core.access.public import (
    STAFF,
    Permission,
    Role,
    permission_matrix,
    permissions,
    permissions_of,
    register_permissions,
)
from steward.core.access.registry import BadPermission


@pytest.fixture(autouse=True)
def _forgotten_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))


def test_the_owner_holds_every_permission_whatever_a_room_says() -> None:
    register_permissions([Permission("x.break", "Break", frozenset())])
    assert "x.break" in permissions_of([Role.OWNER])
    assert permissions_of([Role.OWNER]) == set(permissions())


def test_the_auditor_sees_everything_and_writes_nothing() -> None:
    register_permissions(
        [
            Permission("x.view", "See", frozenset()),
            Permission("x.secret_view", "See", frozenset()),
            Permission("x.edit", "Edit", STAFF - {Role.AUDITOR}),
        ]
    )
    held = permissions_of([Role.AUDITOR])
    assert {"x.view", "x.secret_view"} <= held
    assert all(permissions()[code].reads for code in held)
    assert held == {code for code, permission in permissions().items() if permission.reads}


@pytest.mark.parametrize(
    "bad",
    [
        Permission("nodot", "x", frozenset()),
        Permission(".verb", "x", frozenset()),
        Permission("x.", "x", frozenset()),
        Permission("x.edit", "x", STAFF),
        Permission("people.view", "other words", frozenset()),
    ],
)
def test_what_can_not_be_is_refused(bad: Permission) -> None:
    with pytest.raises(BadPermission):
        register_permissions([bad])


def test_several_roles_add_up_and_none_give_nothing() -> None:
    assert permissions_of([]) == frozenset()
    both = permissions_of([Role.AUDITOR, Role.BILLING])
    assert both == permissions_of([Role.AUDITOR]) | permissions_of([Role.BILLING])


def test_the_matrix_has_every_permission_and_every_role() -> None:
    matrix = permission_matrix()
    assert [permission.code for permission, _ in matrix] == sorted(permissions())
    assert all(set(held) == set(Role) for _, held in matrix)
    assert all(
        held[role] == (permission.code in permissions_of([role])) for permission, held in matrix for role in Role
    )
