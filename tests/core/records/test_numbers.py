# SPDX-License-Identifier: Apache-2.0
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from steward.core.records.public import next_number, parse_number


@pytest.mark.django_db
def test_numbers_count_up_for_each_prefix() -> None:
    first = parse_number(next_number("ZA"))
    assert parse_number(next_number("ZA")) == ("ZA", first[1] + 1)
    assert next_number("ZB").startswith("ZB-")


@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["", "a", "A1", "ABCDE", "A; drop table x", "Ä"])
def test_what_is_no_prefix_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="capital letters"):
        next_number(prefix)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_different_numbers_even_when_the_prefix_is_new() -> None:
    def take(_: int) -> list[str]:
        try:
            with transaction.atomic():
                return [next_number("ZC") for _ in range(25)]
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = [number for each in pool.map(take, range(8)) for number in each]
    assert len(set(taken)) == len(taken) == 200


@pytest.mark.django_db(transaction=True)
def test_nobody_waits_for_a_number_of_a_transaction_that_is_still_open() -> None:
    next_number("ZD")

    def take() -> str:
        try:
            return next_number("ZD")
        finally:
            connection.close()

    with transaction.atomic(), ThreadPoolExecutor(1) as pool:
        next_number("ZD")
        assert pool.submit(take).result(timeout=5).startswith("ZD-")


@pytest.mark.parametrize(("typed", "meant"), [("T-17", ("T", 17)), (" agr-2 ", ("AGR", 2))])
def test_numbers_are_read_as_people_type_them(typed: str, meant: tuple[str, int]) -> None:
    assert parse_number(typed) == meant


@pytest.mark.parametrize("typed", ["17", "T-", "T-0", "T-01", "T-1e3", "T--1", "T-9999999999999999999"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        parse_number(typed)
