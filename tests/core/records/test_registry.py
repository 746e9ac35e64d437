# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from uuid import uuid4

import pytest

from steward.core.records import registry
from steward.core.records.public import (
    RecordRef,
    UnknownKind,
    find_record,
    find_records,
    record_kind,
    record_ref,
    record_title,
    record_url,
    register_record,
    visible_kinds,
)
from steward.core.tenancy.public import Actor, Client, Scope, scoped


@pytest.fixture(autouse=True)
def kinds() -> Iterator[None]:
    before, models = dict(registry._kinds), dict(registry._of_model)
    registry._kinds.clear()
    registry._of_model.clear()
    register_record(
        "tests.client",
        model="tenancy.Client",
        url=lambda row: f"/c/{row.slug}/",
        title=lambda row: row.name,
        permission="tests.view",
    )
    yield
    registry._kinds.clear()
    registry._kinds.update(before)
    registry._of_model.clear()
    registry._of_model.update(models)


def seeing(client: Client, *permissions: str) -> Scope:
    return Scope(Actor("person", "Alice", frozenset(permissions), 1), frozenset({client.pk}))


@pytest.mark.django_db
def test_a_reference_leads_to_title_and_page(acme: Client) -> None:
    with scoped(seeing(acme, "tests.view")):
        ref = record_ref(acme)
        assert RecordRef.parse(str(ref)) == ref
        assert record_title(acme) == "Acme"
        assert record_url(ref) == record_url(acme) == "/c/acme/"


@pytest.mark.django_db
def test_a_foreign_record_looks_like_one_that_does_not_exist(acme: Client, birch: Client) -> None:
    foreign, missing = RecordRef("tests.client", birch.uid), RecordRef("tests.client", uuid4())
    with scoped(seeing(acme, "tests.view")):
        assert find_record(foreign) is find_record(missing) is None
        assert record_url(foreign) is record_url(missing) is None
        assert list(find_records([foreign, missing, record_ref(acme)])) == [record_ref(acme)]


@pytest.mark.django_db
def test_without_the_permission_nothing_is_found(acme: Client) -> None:
    with scoped(seeing(acme)):
        assert find_record(record_ref(acme)) is None
        assert visible_kinds() == ()


@pytest.mark.django_db
def test_many_references_cost_one_query_for_a_kind(
    acme: Client, birch: Client, django_assert_num_queries: Callable[[int], AbstractContextManager[None]]
) -> None:
    scope = Scope(Actor("system", "tests", frozenset({"*"})), frozenset({acme.pk, birch.pk}))
    with scoped(scope), django_assert_num_queries(1):
        assert len(find_records([record_ref(acme), record_ref(birch)])) == 2


def test_an_undeclared_kind_is_named() -> None:
    with pytest.raises(UnknownKind, match=r"tests\.nothing"):
        record_kind("tests.nothing")
    with pytest.raises(ValueError, match=r"tests\.nothing"):
        RecordRef.parse(f"tests.nothing:{uuid4()}")


def test_a_kind_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        register_record("tests.client", model="identity.User", url=str, title=str, permission="tests.view")
