# SPDX-License-Identifier: Apache-2.0
"""Processes, looked for among real ones; a machine that hides them is a real mount of /proc in a namespace of its own."""

import json
import os
import pwd
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from steward_agent.checks.process import hides_others
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.protocol.results import Verdict

from tests.waiting import bar, eventually

MARK = f"steward-process-of-{os.getpid()}"
HIDING = 'mount -t proc -o hidepid={how} proc /proc && exec setpriv --reuid=65534 --regid=65534 --clear-groups "$@"'


@pytest.fixture
def some():
    """`some(n)`: n processes that can be told by MARK in their command lines."""
    made: list[subprocess.Popen[bytes]] = []

    def start(count: int) -> list[subprocess.Popen[bytes]]:
        began = [
            subprocess.Popen(
                [sys.executable, "-S", "-c", "print(1, flush=True); input()", MARK],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for _ in range(count)
        ]
        made.extend(began)
        for each in began:
            assert each.stdout is not None
            each.stdout.readline()
        return began

    yield start
    for each in made:
        each.kill()
        each.communicate(timeout=bar(5))


def test_those_that_run_are_counted_and_measured(ask, some):
    began = some(3)
    seen = ask("process", command=MARK, at_least=3, at_most=3)
    assert (seen.verdict, seen.reason) == (Verdict.OK, "ok")
    rss = sum(psutil.Process(each.pid).memory_info().rss for each in began)
    assert seen.measured["check.process.count"] == 3
    assert abs(seen.measured["check.process.rss_bytes"] - rss) < rss / 10
    assert 0 <= seen.measured["check.process.oldest_seconds"] < bar(60)


@pytest.mark.parametrize(
    ("given", "reason", "parameters"),
    [
        ({"at_least": 3}, "processes_few", {"count": 2, "at_least": 3}),
        ({"at_most": 1}, "processes_many", {"count": 2, "at_most": 1}),
        ({"at_least": 0, "at_most": 0}, "processes_many", {"count": 2, "at_most": 0}),
        ({"name": "no-such-program"}, "processes_few", {"count": 0, "at_least": 1}),
        ({"user": "no-such-user"}, "processes_few", {"count": 0, "at_least": 1}),
    ],
)
def test_too_few_and_too_many_are_told_with_their_number(ask, some, given, reason, parameters):
    some(2)
    seen = ask("process", **({"command": MARK} | given))
    assert (seen.verdict, seen.reason, seen.parameters) == (Verdict.FAILING, reason, parameters)
    assert seen.measured["check.process.count"] == parameters["count"]


def test_name_and_user_must_both_hold(ask, some):
    process = psutil.Process(some(1)[0].pid)
    own = pwd.getpwuid(os.geteuid()).pw_name
    for user in (own, str(os.geteuid())):
        assert ask("process", command=MARK, name=process.name(), user=user, at_most=1).verdict is Verdict.OK
    assert ask("process", command=MARK, name=process.name(), user="65533").reason == "processes_few"


def test_memory_and_processor_time_have_limits(ask, some):
    some(2)
    seen = ask("process", command=MARK, max_rss_bytes=1024)
    assert (seen.reason, seen.parameters["limit"]) == ("process_memory", 1024)
    assert seen.parameters["bytes"] == seen.measured["check.process.rss_bytes"]
    used = sum(psutil.Process().cpu_times()[:2])
    seen = ask("process", name=psutil.Process().name(), max_cpu_seconds=0.01)
    assert (seen.reason, seen.parameters["limit"]) == ("process_cpu", 0.01)
    assert seen.measured["check.process.cpu_seconds"] >= round(used, 2)
    assert ask("process", command=MARK, max_rss_bytes=2**40, max_cpu_seconds=1e6).verdict is Verdict.OK


def test_who_ended_and_was_not_fetched_does_not_run(ask, some):
    (process,) = some(1)
    process.kill()
    eventually(
        lambda: psutil.Process(process.pid).status() == psutil.STATUS_ZOMBIE, seconds=5, what="the process is a zombie"
    )
    assert ask("process", command=MARK).parameters == {"count": 0, "at_least": 1}
    assert ask("process", command=MARK, at_least=0, at_most=0).verdict is Verdict.OK


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "name"),
        ({"name": ""}, "name"),
        ({"command": "a\0b"}, "command"),
        ({"name": "a", "at_least": 2, "at_most": 1}, "at_most"),
        ({"name": "a", "at_least": 0}, "at_least"),
        ({"name": "a", "at_least": -1}, "at_least"),
        ({"name": "a", "max_rss_bytes": 0}, "max_rss_bytes"),
    ],
)
def test_a_configuration_that_asks_for_nothing_is_refused(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["process"].config(given)
    assert caught.value.field == field


# ── a machine that hides processes ──

LOOK = """
import json, sys
from steward_agent.checks.place import Place
from steward_agent.checks.registry import checks
check = checks()["process"]
for given in json.load(sys.stdin):
    seen = check.observe(check.config(given), Place(), 10)
    print(json.dumps([seen.verdict, seen.reason, seen.parameters]))
"""


def looked_where_hidden(how: str, *given: dict[str, object]) -> list[list[object]]:
    """What a user who is nobody sees of `given`, one after the other, with /proc mounted so."""
    python = Path(sys.executable).resolve()
    command = ["unshare", "-m", "sh", "-c", HIDING.format(how=how), "sh", str(python), "-c", LOOK]
    # The interpreter of the environment may lie where nobody may not go; its library is named instead.
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    told = subprocess.run(
        command,
        check=False,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        env=environment,
        timeout=bar(20),
        cwd="/",
    )
    if told.returncode and ("permitted" in told.stderr or "denied" in told.stderr.lower()):
        pytest.skip(f"no namespace with another /proc can be made here: {told.stderr.strip()[-200:]}")
    assert told.returncode == 0, told.stderr
    return [json.loads(line) for line in told.stdout.splitlines()]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts /proc anew")
@pytest.mark.parametrize("how", ["1", "2"])
def test_where_processes_are_hidden_the_verdict_is_unknown_where_that_matters(how, some):
    some(1)
    few, own, own_absent, most = looked_where_hidden(
        how,
        {"command": MARK},
        {"command": "steward_agent", "user": "65534"},
        {"name": "no-such-program", "user": "65534"},
        {"command": "steward_agent", "at_most": 5},
    )
    assert few == ["unknown", "processes_hidden", {"count": 0}]
    assert own[:2] == ["ok", "ok"]
    assert own_absent[:2] == ["failing", "processes_few"]
    assert most[:2] == ["unknown", "processes_hidden"]


_PROC = "45 43 0:21 / /proc rw,relatime shared:5 - proc proc rw{}\n"


@pytest.mark.parametrize(
    ("options", "user", "groups", "hides"),
    [
        ("", 1000, {1000}, False),
        (",hidepid=2", 1000, {1000}, True),
        (",hidepid=1", 1000, {1000}, True),
        (",hidepid=invisible", 1000, {1000}, True),
        (",hidepid=ptraceable", 1000, {1000}, True),
        (",hidepid=off", 1000, {1000}, False),
        (",hidepid=0", 1000, {1000}, False),
        (",hidepid=2,gid=50", 1000, {1000, 50}, False),
        (",hidepid=2,gid=50", 1000, {1000}, True),
        (",hidepid=2", 0, {0}, False),
    ],
)
def test_what_the_mount_says_is_understood(options, user, groups, hides):
    other = "46 43 0:22 / /chroot/proc rw - proc proc rw,hidepid=2\n"
    assert hides_others(other + _PROC.format(options) + other, user, groups) is hides


@given(st.text() | st.lists(st.sampled_from([_PROC.format(",hidepid=2"), " - ", "/proc", " "])).map("".join))
def test_mounts_of_any_kind_are_read(text):
    assert hides_others(text, 1000, {1000}) in (True, False)
