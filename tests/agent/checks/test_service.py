# SPDX-License-Identifier: Apache-2.0
"""systemd is asked over a real bus: python-dbusmock stands in its place, and what a real one said is played back."""

import base64
import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.checks.place import Place
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.checks.service import unit_name, unit_path

from tests.agent.checks.peers import peer

UNIT, SERVICE = "org.freedesktop.systemd1.Unit", "org.freedesktop.systemd1.Service"
RECORDED = json.loads((Path(__file__).parent / "systemd_recorded.json").read_text("utf-8"))
PYTHON = "/usr/bin/python3"


class Systemd:
    """The mock; `place` looks at it."""

    def __init__(self, process, address):
        self.process = process
        self.place = Place(system_bus=address)

    def has(self, unit, load="loaded", active="active", sub="running", restarts=None):
        properties = {UNIT: {"LoadState": load, "ActiveState": active, "SubState": sub}}
        if restarts is not None:
            properties[SERVICE] = {"NRestarts": restarts}
        self.process.stdin.write(json.dumps({"path": unit_path(unit), "properties": properties}) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "made\n"


@pytest.fixture(scope="module")
def systemd():
    if subprocess.run([PYTHON, "-c", "import dbusmock"], check=False, capture_output=True).returncode:
        pytest.skip("python-dbusmock is missing: apt-get install python3-dbusmock dbus-daemon (`make test` tries)")
    script = Path(__file__).parent / "systemd_mock.py"
    with subprocess.Popen([PYTHON, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Systemd(process, process.stdout.readline().strip())
        process.stdin.close()
        process.wait(10)


@pytest.mark.parametrize(
    ("state", "given", "verdict"),
    [
        ({}, {}, "ok"),
        ({"sub": "exited"}, {}, "ok"),
        ({"sub": "exited"}, {"sub": "running"}, "failing"),
        ({"sub": "running"}, {"sub": "running"}, "ok"),
        ({"active": "reloading", "sub": "reload"}, {}, "ok"),
        ({"active": "inactive", "sub": "dead"}, {}, "failing"),
        ({"active": "inactive", "sub": "dead"}, {"active": ["inactive", "active"]}, "ok"),
        ({"active": "failed", "sub": "failed"}, {}, "failing"),
        ({"active": "activating", "sub": "auto-restart"}, {}, "failing"),
        ({"active": "inactive", "sub": "dead", "load": "masked"}, {}, "failing"),
    ],
)
def test_the_state_is_judged(systemd, ask, state, given, verdict):
    systemd.has("web.service", **state)
    seen = ask("service", unit="web", place=systemd.place, **given)
    assert seen.verdict == verdict
    if verdict == "failing":
        told = {"load": "loaded", "active": "active", "sub": "running"} | state
        assert (seen.reason, seen.parameters) == ("unit_state", {"unit": "web.service", **told})


def test_restarts_are_measured_where_there_are_any(systemd, ask):
    systemd.has("web.service", restarts=7)
    assert ask("service", unit="web", place=systemd.place).measured["check.service.restarts"] == 7
    systemd.has("backup.timer", sub="waiting")
    seen = ask("service", unit="backup.timer", place=systemd.place)
    assert seen.verdict == "ok"
    assert "check.service.restarts" not in seen.measured


def test_a_unit_that_is_not_there_is_failing(systemd, ask):
    systemd.has("gone.service", load="not-found", active="inactive", sub="dead")
    seen = ask("service", unit="gone", place=systemd.place)
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", "unit_missing", {"unit": "gone.service"})


def test_an_answer_that_systemd_would_not_give_is_unknown(systemd, ask):
    seen = ask("service", unit="never-heard-of", place=systemd.place)
    assert (seen.verdict, seen.reason) == ("unknown", "systemd_silent")
    assert str(seen.parameters["why"]).startswith("org.freedesktop.DBus.Error.")


def test_odd_names_are_found_where_systemd_shows_them(systemd, ask):
    for unit in (r"getty@tty1.service", r"dev-disk-by\x2duuid.device", "1st.service", "a:b_c.socket"):
        systemd.has(unit, sub="running")
        assert ask("service", unit=unit, place=systemd.place).verdict == "ok"


def test_a_bus_without_systemd_is_unknown(systemd, ask, tmp_path):
    command = ["dbus-daemon", "--session", "--print-address", "--nofork", f"--address=unix:path={tmp_path}/bus"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        address = daemon.stdout.readline().strip()
        seen = ask("service", unit="web", place=Place(system_bus=address))
        daemon.terminate()
    assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "systemd_silent", {"why": "absent"})


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("unix:path=/nowhere/bus", "absent"),
        ("tcp:host=127.0.0.1,port=1", "address"),
        ("nonsense", "address"),
        ("unix:path=" + "x" * 300, "absent"),
        ("unix:abstract=steward-nobody-listens-here", "absent"),
    ],
)
def test_a_bus_that_cant_be_reached_is_unknown(ask, address, why):
    seen = ask("service", unit="web", place=Place(system_bus=address))
    assert (seen.verdict, seen.reason, seen.parameters) == ("unknown", "systemd_silent", {"why": why})


def refused(line):
    line.say(b"REJECTED EXTERNAL\r\n")
    line.wait(5)  # as a bus does; whoever hangs up on words it has not read takes its own back


def test_a_bus_that_lets_nobody_in_is_unknown(ask, tmp_path):
    with peer(refused, at=tmp_path / "bus"):
        seen = ask("service", unit="web", place=Place(system_bus=f"unix:path={tmp_path}/bus"))
    assert (seen.verdict, seen.parameters) == ("unknown", {"why": "denied"})


# ── what a real systemd said ──


def played_back(said):
    """A bus that says what one said before, whatever it is asked."""
    greeting, _, rest = base64.b64decode(said).partition(b"\r\n")

    def talk(line):
        line.sock.recv(4096)
        line.say(greeting + b"\r\n")
        heard = b""
        while b"NRestarts" not in heard:
            heard += line.sock.recv(4096)
        line.say(rest)
        line.wait(1)

    return talk


EXPECTED = {
    "running": ({}, "ok", {}),
    "exited": ({}, "ok", {}),
    "exited, running asked for": (
        {"sub": "running"},
        "unit_state",
        {"load": "loaded", "active": "active", "sub": "exited"},
    ),
    "stopped": ({}, "unit_state", {"load": "loaded", "active": "inactive", "sub": "dead"}),
    "failed": ({}, "unit_state", {"load": "loaded", "active": "failed", "sub": "failed"}),
    "restarting": ({}, "unit_state", {"load": "loaded", "active": "activating", "sub": "auto-restart"}),
    "masked": ({}, "unit_state", {"load": "masked", "active": "inactive", "sub": "dead"}),
    "missing": ({}, "unit_missing", {}),
    "a target": ({}, "ok", {}),
    "a timer": ({}, "ok", {}),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_what_a_real_systemd_said_is_understood(ask, tmp_path, name):
    given, reason, told = EXPECTED[name]
    recorded = RECORDED["said"][name.partition(",")[0]]
    with peer(played_back(recorded["bytes"]), at=tmp_path / "bus"):
        seen = ask("service", unit=recorded["unit"], place=Place(system_bus=f"unix:path={tmp_path}/bus"), **given)
    assert seen.reason == reason
    if told:
        assert seen.parameters == {"unit": recorded["unit"], **told}
    assert ("check.service.restarts" in seen.measured) == (recorded["unit"].endswith(".service"))


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_spoilt_messages_of_a_bus_are_unknown_and_never_raised(tmp_path_factory, data):
    said = bytearray(base64.b64decode(RECORDED["said"]["running"]["bytes"]))
    greeting = said.index(b"\r\n") + 2
    for _ in range(data.draw(st.integers(1, 4))):
        said[data.draw(st.integers(greeting, len(said) - 1))] = data.draw(st.integers(0, 255))
    at = tmp_path_factory.mktemp("bus") / "bus"
    check = checks()["service"]
    with peer(played_back(base64.b64encode(bytes(said))), at=at):
        seen = check.observe(check.config({"unit": "web"}), Place(system_bus=f"unix:path={at}"), 0.2)
    assert seen.reason in {"ok", "unit_state", "unit_missing", "systemd_silent"}


# ── names ──


@pytest.mark.parametrize(
    ("given", "name", "path"),
    [
        ("cron", "cron.service", "cron_2eservice"),
        ("cron.service", "cron.service", "cron_2eservice"),
        ("php8.2-fpm", "php8.2-fpm.service", "php8_2e2_2dfpm_2eservice"),
        ("getty@tty1", "getty@tty1.service", "getty_40tty1_2eservice"),
        ("1st.timer", "1st.timer", "_31st_2etimer"),
    ],
)
def test_units_are_named_in_full_and_found_on_the_bus(given, name, path):
    assert unit_name(given) == name
    assert unit_path(name) == f"/org/freedesktop/systemd1/unit/{path}"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"unit": ""}, "unit"),
        ({"unit": "a b"}, "unit"),
        ({"unit": "a/b"}, "unit"),
        ({"unit": "*.service"}, "unit"),
        ({"unit": "web\n"}, "unit"),
        ({"active": []}, "active"),
        ({"active": ["fine"]}, "active"),
        ({"sub": "Running!"}, "sub"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["service"].config({"unit": "web"} | given)
    assert caught.value.field == field
