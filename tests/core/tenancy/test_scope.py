# SPDX-License-Identifier: Apache-2.0
"""The first two rings: no scope, no rows; and what a scope says travels with a job."""

import pytest
from django.db import DataError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from steward.core.tenancy.public import (
    ALL,
    Actor,
    Client,
    NoScope,
    Scope,
    current_scope,
    current_scope_or_none,
    scoped,
    system_scope,
)

TESS = Actor("person", "Tess", frozenset({"clients.view"}), user_id=7)


def test_without_a_scope_there_is_an_error_and_no_empty_answer() -> None:
    assert current_scope_or_none() is None
    with pytest.raises(NoScope):
        current_scope()
    with pytest.raises(NoScope):
        Client.objects.all()


@pytest.mark.django_db
def test_scopes_nest_and_come_back() -> None:
    one, two = Scope(TESS, frozenset({1})), Scope(TESS, frozenset({2}))
    with scoped(one):
        with scoped(two):
            assert current_scope() is two
        assert current_scope() is one
        with pytest.raises(RuntimeError, match="broken"), scoped(two):
            raise RuntimeError("broken")
        assert current_scope() is one
    assert current_scope_or_none() is None


@pytest.mark.django_db
def test_an_error_of_the_database_is_not_covered_by_the_way_out() -> None:
    with pytest.raises(DataError, match="division by zero"), transaction.atomic(), scoped(Scope(TESS, ALL)):
        divide_by_zero_in(Scope(TESS, frozenset({1})))


def divide_by_zero_in(scope: Scope) -> None:
    with scoped(scope), connection.cursor() as cursor:
        cursor.execute("select 1 / 0")


def test_narrowing_never_widens() -> None:
    assert Scope(TESS, frozenset({1, 2})).narrowed(frozenset({2, 3})).clients == frozenset({2})
    assert Scope(TESS, ALL).narrowed(frozenset({3})).clients == frozenset({3})


@given(st.one_of(st.just(ALL), st.frozensets(st.integers(min_value=1, max_value=2**62), max_size=20)))
def test_a_scope_survives_a_job(clients: frozenset[int]) -> None:
    back = Scope.from_json(Scope(TESS, clients).as_json())
    assert back.clients == clients
    assert (back.actor.user_id, back.actor.kind) == (7, "person")


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"actor": {}},
        {"clients": "all"},
        {"actor": system_scope("x").as_json()["actor"], "clients": "some"},
        {"actor": system_scope("x").as_json()["actor"], "clients": ["1"]},
        {"actor": None, "clients": "all"},
    ],
)
def test_a_damaged_scope_is_refused(broken: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="scope:"):
        Scope.from_json(broken)


def test_only_the_system_may_everything() -> None:
    assert system_scope("sweep").actor.may("anything.at_all")
    assert TESS.may("clients.view")
    assert not TESS.may("clients.edit")
