# SPDX-License-Identifier: Apache-2.0
"""A configuration that is wrong is answered with the field and the remedy, never with how a program reads it."""

from typing import Any

import pytest
from steward_agent.checks.registry import BadConfig, checks

from steward.watch.monitoring.refusals import refusal_words, root_of


@pytest.mark.parametrize(
    ("kind", "config", "field", "words"),
    [
        ("dns", {"name": "a b!"}, "name", "This can't be read. What is asked for: Name to ask for, always in full"),
        ("dns", {}, "name", "This is needed."),
        ("dns", {"name": "a.b", "port": 70_000}, "port", "Give a number of at most 65535."),
        ("dns", {"name": "a.b", "record": "X"}, "record", "Choose one of the values offered."),
        ("dns", {"name": "a.b", "expect": ["a" * 2000]}, "expect", "Use at most 1024 characters."),
        ("dns", {"name": "a.b", "expect": ["a"] * 50}, "expect", "Give at most 20 values."),
        ("tcp", {"host": "x", "port": "a"}, "port", "Give a whole number."),
        ("ping", {"host": "x", "count": 0}, "count", "Give a number of at least 1."),
        ("plugin", {"plugin": "a/b"}, "plugin", "This can't be read. What is asked for: File name of the plugin"),
    ],
)
def test_the_field_and_the_remedy(kind: str, config: dict[str, Any], field: str, words: str) -> None:
    check = checks()[kind]
    with pytest.raises(BadConfig) as refused:
        check.config(config)
    assert root_of(refused.value.field) == field
    said = refusal_words(refused.value, check.schema())
    assert said.startswith(words)
    assert "`" not in said
    assert "regex" not in said
