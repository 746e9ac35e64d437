# SPDX-License-Identifier: Apache-2.0
"""A23: recognisable secrets are planted wherever the product takes, makes or keeps one, used and misused; then everything that
came out of it is searched for them in every spelling: pages, answers, logs, tracebacks, jobs, the ledger's dump, the store's
files, command lines, what the command line prints."""

import ast
import base64
import zlib
from pathlib import Path

import pytest

from tests.architecture.checks.findings import assert_none
from tests.attacks.leaks import inventory
from tests.attacks.leaks.inventory import found_in_code, found_in_settings, found_in_tables
from tests.attacks.leaks.known import COVERED, OPEN, PLANTED, STANDS_FOR
from tests.attacks.leaks.searching import Canary, Searcher

SECRET = 'Kanarya"7+/<&%ş\\x 9'
AS = Canary("canary", SECRET.encode())


def leaks_of(content: bytes | str) -> int:
    searcher = Searcher([AS])
    searcher.look("here", content)
    return len(searcher.leaks)


@pytest.mark.parametrize("spelling", sorted(AS.spellings()))
def test_a_leak_is_found_in_every_spelling(spelling: str) -> None:
    assert leaks_of(b"before " + AS.spellings()[spelling] + b" after") >= 1


def test_a_leak_is_found_inside_of_longer_texts_in_base64_wherever_it_begins() -> None:
    for before in range(7):
        text = b"x" * before + SECRET.encode() + b" and more"
        assert leaks_of(base64.b64encode(text)) >= 1, before
        assert leaks_of(base64.urlsafe_b64encode(text)) >= 1, before


def test_a_leak_is_found_in_what_django_signs_and_squeezes() -> None:
    packed = base64.urlsafe_b64encode(zlib.compress(f'{{"key": "{"x" * 40}Kanarya7431"}}'.encode())).rstrip(b"=")
    searcher = Searcher([Canary("canary", b"Kanarya7431")])
    searcher.look("a session", b"'." + packed + b":1tXyz:signature'")
    assert {each.canary for each in searcher.leaks} == {"canary"}


def test_eight_digits_count_only_where_they_stand_alone(tmp_path: Path) -> None:
    searcher = Searcher([Canary("code", b"12345678", short=True)])
    searcher.look("a number", b"912345678 123456789 a12345678")
    assert not searcher.leaks
    (tmp_path / "secret").write_text("12345678")
    (tmp_path / "log").write_text("91234567812 code=12345678, used")
    searcher.look_at_files(tmp_path, but=[tmp_path / "secret"])
    assert [each.place for each in searcher.leaks] == ["log"]
    assert "12345678" not in "".join(searcher.told()).replace("91234567812", "")


def test_every_secret_that_the_product_knows_has_its_canary() -> None:
    found = found_in_code() | found_in_settings() | found_in_tables()
    known = set(COVERED) | set(OPEN)
    print(f"A23: {len(found)} secrets and what sounds like one; {len(COVERED)} have a canary, {len(OPEN)} are open")
    assert_none([f"{each}: plant a canary for it (tests/attacks/leaks/known.py)" for each in sorted(found - known)])
    assert_none([f"{each}: is no more; take its line away" for each in sorted(known - found)])
    assert not set(COVERED) & set(OPEN)
    assert {STANDS_FOR.get(each, each) for each in COVERED.values()} <= PLANTED


def test_an_unknown_secret_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = (
        'KEPT = encrypt("vault.item", b"x", context=b"y")\nfile = secret("vault")\nmade = secrets.token_urlsafe(9)\n'
    )
    monkeypatch.setattr(inventory, "_modules", lambda: iter([("steward.guard.vault.keys", ast.parse(source))]))
    assert found_in_code() == {"sealed:vault.item", "file:vault", "made:steward.guard.vault.keys"}
