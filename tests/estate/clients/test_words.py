# SPDX-License-Identifier: Apache-2.0
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steward.core.access.public import Refused
from steward.estate.clients import words


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Acme Logistics", "acme-logistics"),
        ("Delta Gıda A.Ş.", "delta-gida-a-s"),
        ("İstanbul Işık", "istanbul-isik"),
        ("Straße & Söhne", "strasse-sohne"),
        ("日本", ""),
        ("x" * 80, "x" * 40),
    ],
)
def test_a_name_becomes_an_address(name: str, slug: str) -> None:
    assert words.slug_of(name) == slug


@given(st.text(max_size=100))
def test_any_name_gives_an_address_that_is_its_own(name: str) -> None:
    slug = words.slug_of(name)
    assert words.slug_of(slug) == slug
    assert len(slug) <= 40


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (words.known_timezone, "Europe/Istanbul", "Mars/Olympus"),
        (words.known_language, "tr", "xx"),
        (words.country_code, "tr", "TUR"),
        (words.phone_number, "+90 (212) 555-01.02", "call me"),
    ],
)
def test_what_can_be_checked_is_checked_and_may_be_left_empty(check: object, good: str, bad: str) -> None:
    assert check("field", good)  # type: ignore[operator]
    assert check("field", "") == ""  # type: ignore[operator]
    with pytest.raises(Refused) as refused:
        check("field", bad)  # type: ignore[operator]
    assert refused.value.field == "field"
