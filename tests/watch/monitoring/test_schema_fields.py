# SPDX-License-Identifier: Apache-2.0
"""Configurations through a form and back: what has commas keeps them where it stands on lines."""

import pytest
from django import forms
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.registry import checks

from steward.watch.monitoring.schema_fields import config_of, fields_of, initial_of

PLUGIN = checks()["plugin"].schema()


@given(st.lists(st.text("ab ,;'\"$-", min_size=1, max_size=8), max_size=6))
def test_arguments_of_a_plugin_come_back_as_they_were(arguments):
    config = {"plugin": "check_load", "arguments": arguments, "warning_is": "ok"}
    back = config_of(PLUGIN, initial_of(config, PLUGIN))
    assert back.get("arguments", []) == arguments
    assert (back["plugin"], back["warning_is"]) == ("check_load", "ok")


def test_they_are_written_on_lines():
    assert isinstance(fields_of(PLUGIN)["config_arguments"].widget, forms.Textarea)
    typed = {"config_plugin": "check_load", "config_arguments": "-w\r\n5,4,3\r\n\r\n-c\r\n9,9,9"}
    assert config_of(PLUGIN, typed)["arguments"] == ["-w", "5,4,3", "-c", "9,9,9"]


@pytest.mark.parametrize("text", ["200-299, 404", "200-299\n404"])
def test_other_lists_are_split_at_commas_too(text):
    schema = checks()["http"].schema()
    assert config_of(schema, {"config_url": "http://a.example", "config_status": text})["status"] == ["200-299", "404"]
