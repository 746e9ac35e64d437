# SPDX-License-Identifier: Apache-2.0
"""What holds for every check that asks its own machine: it keeps its time, never raises, and blames nobody for what the machine lacks."""

import itertools

import pytest
from steward_agent.checks.registry import checks
from steward_agent.protocol.results import Verdict

from tests.agent.checks.own_machine import OWN, THROUGH, allowing

every_own = pytest.mark.parametrize("check", [checks()[slug] for slug in THROUGH], ids=lambda one: one.slug)


@every_own
def test_what_the_machine_refuses_is_unknown_and_never_failing(check, monkeypatch):
    def refuse(*_given, **_named):
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(THROUGH[check.slug], refuse)
    seen = check.observe(check.config(OWN[check.slug](1)), allowing(), 5)
    assert (seen.verdict, seen.reason) == (Verdict.UNKNOWN, "place_trouble")
    assert seen.parameters == {"error": "EMFILE"}


@every_own
def test_a_fault_of_its_own_is_unknown_and_never_raised(check, monkeypatch):
    monkeypatch.setattr(THROUGH[check.slug], lambda *_given, **_named: 1 / 0)
    seen = check.observe(check.config(OWN[check.slug](1)), allowing(), 5)
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.UNKNOWN, "crashed", {"error": "ZeroDivisionError"})


@every_own
def test_a_machine_too_slow_ends_the_look_in_time_and_says_so(check):
    # A second passes whenever somebody looks at the clock.
    seen = check.observe(check.config(OWN[check.slug](1)), allowing(clock=itertools.count().__next__), 0.8)
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.UNKNOWN, "out_of_time", {"seconds": 0.8})
