# SPDX-License-Identifier: Apache-2.0
"""The cache that counts attempts: JSON only, exact under concurrency, untouched by a request that is undone."""

import threading
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection, transaction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.mark.parametrize("value", [1, "text", [1.5, 2], {"a": None}, True, None, ""])
def test_a_value_comes_back_as_it_went_in(value: object) -> None:
    cache.set("k", value, 60)
    assert cache.get("k", "missing") == value
    assert cache.delete("k")
    assert cache.get("k", "missing") == "missing"
    assert not cache.delete("k")


def test_what_is_no_json_is_refused_not_pickled() -> None:
    with pytest.raises(TypeError):
        cache.set("k", object())


def test_an_expired_key_is_gone_and_may_be_added_again() -> None:
    cache.set("k", 1, -1)
    assert cache.get("k") is None
    assert cache.add("k", 2, 60)
    assert not cache.add("k", 3, 60)
    assert cache.get("k") == 2
    assert cache.touch("k", -1)
    assert not cache.touch("k", 60)
    assert cache.get("k") is None


def test_of_many_who_add_a_key_one_succeeds() -> None:
    won: list[int] = []

    def run(number: int) -> None:
        if cache.add("one", number, 60):
            won.append(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(won) == 1
    assert cache.get("one") == won[0]


def test_a_count_stands_although_the_request_is_undone() -> None:
    with transaction.atomic():
        cache.set("k", 1, 60)
        transaction.set_rollback(True)
    assert cache.get("k") == 1


def test_a_connection_that_was_cut_is_made_anew(ledger_cluster: object) -> None:
    cache.set("k", 1, 60)
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where usename = current_user and datname = current_database() and pid <> pg_backend_pid()"
        )
    assert cache.get("k") == 1
