# SPDX-License-Identifier: Apache-2.0
"""Every reason of every check has words in the reader's language; what has none is shown as it came."""

import re

import pytest
from django.utils.translation import override
from steward_agent.checks.observation import COMMON_REASONS
from steward_agent.checks.registry import checks

from steward.watch.monitoring.sayings import every_check
from steward.watch.monitoring.words import _sayings, check_words, reason_words

_PLACES = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize("check", checks().values(), ids=lambda one: one.slug)
def test_every_reason_is_said_with_no_more_than_its_parameters(check):
    said = _sayings(check.slug)
    assert said is not None, f"{check.slug}: add src/steward/watch/monitoring/sayings/{check.slug}.py"
    assert str(check_words(check.slug))
    assert set(said.SAYINGS) == {reason.code for reason in check.reasons}
    for reason in check.reasons:
        assert set(_PLACES.findall(str(said.SAYINGS[reason.code]))) <= set(reason.parameters), reason.code
    for name in getattr(said, "VALUES", {}):
        assert any(name in reason.parameters for reason in (*check.reasons, *COMMON_REASONS)), name


def test_what_holds_for_all_is_said_with_no_more_than_its_parameters():
    assert set(every_check.SAYINGS) == {reason.code for reason in COMMON_REASONS}
    for reason in COMMON_REASONS:
        assert set(_PLACES.findall(str(every_check.SAYINGS[reason.code]))) <= set(reason.parameters), reason.code


def test_a_reason_is_worded_and_so_are_its_codes():
    told = {"host": "a.example", "why": "expired", "code": 10}
    assert reason_words("http", "tls_certificate", told) == (
        "The certificate of a.example does not hold: expired (OpenSSL 10)"
    )
    assert reason_words("http", "timeout", {"phase": "head", "seconds": 5.0}) == (
        "No answer within 5.0 s, while waiting for the head of the answer"
    )
    assert reason_words("http", "not_http", {"phase": "head"}) == "What it answers is not HTTP (in its head)"


def test_turkish_readers_read_turkish():
    with override("tr"):
        said = reason_words("tcp", "refused", {"address": "192.0.2.1", "port": 25})
    assert "192.0.2.1" in said
    assert "refuses" not in said


@pytest.mark.parametrize(
    ("slug", "reason", "parameters", "shown"),
    [
        ("gopher", "lost", {"at": "100%", "n": 3}, "lost (at: 100%, n: 3)"),
        ("http", "of_tomorrow", {}, "of_tomorrow"),
        ("http", "unexpected_status", {"other": 1}, "unexpected_status (other: 1)"),
        ("every_check", "text_missing", {"began": "%(x)s"}, "text_missing (began: %(x)s)"),
    ],
)
def test_what_has_no_words_is_shown_as_it_came(slug, reason, parameters, shown):
    assert reason_words(slug, reason, parameters) == shown
