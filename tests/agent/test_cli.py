# SPDX-License-Identifier: Apache-2.0
"""What a person types and reads: one clear line with the remedy, and nothing secret."""

import io
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from steward_agent.cli import main
from steward_agent.identity import read_enrolment
from steward_agent.protocol.enrolment import AgentState
from steward_agent.spool import Spool

from tests.agent.memory_gateway import TOKEN, Trouble, until
from tests.waiting import bar


@pytest.fixture
def run(state, capsys):
    def called(*arguments):
        code = main([arguments[0], "--state-dir", str(state.path), *arguments[1:]])
        out, err = capsys.readouterr()
        return code, out, err

    return called


def test_enrolling_says_who_we_are_and_keeps_it_private(run, gateway, state):
    code, out, err = run("enroll", gateway.url, TOKEN)
    assert (code, err) == (0, "")
    assert out == "Enrolled as agent 1 (uid-1), approved.\n"
    kept = read_enrolment(state)
    assert (kept.agent_id, kept.gateway_url, kept.state) == (1, gateway.url, AgentState.APPROVED)
    for file in state.path.iterdir():
        assert file.stat().st_mode & 0o077 == 0
        assert TOKEN.encode() not in file.read_bytes()


@pytest.mark.parametrize("way", ["standard input", "environment"])
def test_the_token_need_not_stand_on_the_command_line(run, gateway, monkeypatch, way):
    if way == "environment":
        monkeypatch.setenv("STEWARD_AGENT_TOKEN", TOKEN)
        code, *_ = run("enroll", gateway.url)
    else:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{TOKEN}\n"))
        code, *_ = run("enroll", gateway.url, "-")
    assert code == 0


def test_pending_is_said_and_waited_for(run, gateway, monkeypatch):
    gateway.first_state = AgentState.PENDING
    asked = []

    def approve(_seconds):
        asked.append(1)
        if len(asked) == 2:
            gateway.states[1] = AgentState.APPROVED

    monkeypatch.setattr("steward_agent.cli.time.sleep", approve)
    code, out, _ = run("enroll", gateway.url, TOKEN, "--wait")
    assert code == 0
    assert "pending" in out
    assert "Somebody must approve it in the console" in out
    assert out.endswith("Approved.\n")


def test_a_machine_refused_while_waiting_is_told(run, gateway, monkeypatch):
    gateway.first_state = AgentState.PENDING
    monkeypatch.setattr("steward_agent.cli.time.sleep", lambda _: gateway.states.update({1: AgentState.REVOKED}))
    code, _, err = run("enroll", gateway.url, TOKEN, "--wait")
    assert code == 1
    assert "refused in the console" in err


def test_asking_again_after_a_lost_answer_gives_the_same_agent(run, gateway, state):
    gateway.troubles.append(Trouble("/api/v1/agent/enroll", cut_after_work=True))
    assert run("enroll", gateway.url, TOKEN)[0] == 1
    assert run("enroll", gateway.url, TOKEN)[0] == 0
    assert len(gateway.keys) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("{url}", "canary-wrong-token-1"), "refused (403: This token has expired.): check the token"),
        (("{url}", "short"), "that is no token"),
        (("{url}", "two words here"), "no usable token"),
        (("{url}",), "no usable token"),
        (("http://steward.example", TOKEN), "in the clear"),
        (("nonsense", TOKEN), "give it as https://host"),
        (("http://127.0.0.1:9", TOKEN), "can't reach http://127.0.0.1:9"),
        (("https://127.0.0.1:{port}", TOKEN), "can't reach"),
    ],
)
def test_a_failure_is_one_line_with_the_remedy_and_without_the_token(run, gateway, state, monkeypatch, arguments, said):
    monkeypatch.delenv("STEWARD_AGENT_TOKEN", raising=False)
    filled = [text.format(url=gateway.url, port=gateway.port) for text in arguments]
    code, out, err = run("enroll", *filled)
    assert (code, out) == (1, "")
    assert said in err
    assert err.startswith("steward-agent: ")
    assert err.count("\n") == 1
    assert "canary" not in err
    assert not state.enrolment.exists()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"agent_id": -1}', b"\xff"])
def test_a_server_that_answers_something_else_is_named(run, gateway, body):
    gateway.troubles.append(Trouble("/api/v1/agent/enroll", 200, body))
    code, _, err = run("enroll", gateway.url, TOKEN)
    assert code == 1
    assert "answered something else" in err
    assert err.count("\n") == 1


def test_a_message_of_the_server_cant_drive_the_terminal(run, gateway):
    body = b'{"error": {"code": "x", "message": "\\u001b[2J\\u0007gone"}}'
    gateway.troubles.append(Trouble("/api/v1/agent/enroll", 403, body))
    _, _, err = run("enroll", gateway.url, TOKEN)
    assert "\x1b" not in err
    assert "\x07" not in err


def test_a_gateway_in_the_clear_elsewhere_is_not_accepted(run, gateway, state):
    body = json.dumps(
        {
            "agent_id": 1,
            "agent_uid": "u",
            "state": "approved",
            "gateway_url": "http://evil.example",
            "server_time": 1,
        }
    )
    gateway.troubles.append(Trouble("/api/v1/agent/enroll", 200, body.encode()))
    code, _, err = run("enroll", gateway.url, TOKEN)
    assert (code, state.enrolment.exists()) == (1, False)
    assert "in the clear" in err


def test_enrolling_twice_is_refused(run, gateway, enrolment):
    code, _, err = run("enroll", gateway.url, TOKEN)
    assert code == 1
    assert "is enrolled already: run `steward-agent unenroll` first" in err


@pytest.mark.parametrize("command", ["run", "status", "unenroll"])
def test_without_an_enrolment_there_is_one_clear_line(run, command):
    code, _, err = run(command)
    assert code == 1
    assert "is not enrolled" in err
    assert err.count("\n") == 1


def test_a_directory_that_cant_be_written_is_said(gateway, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["enroll", "--state-dir", str(tmp_path / "file" / "x"), gateway.url, TOKEN]) == 1
    assert "run as root, or choose a directory with --state-dir" in capsys.readouterr().err


# The interpreter may lie where only root can read: what is imported late is imported first.
AS_NOBODY = """
import encodings.ascii, encodings.idna, os, sys
from steward_agent.checks.registry import checks
from steward_agent.cli import main
from steward_agent.collectors.registry import collectors
checks()
collectors()
os.setgid(65534)
os.setuid(65534)
raise SystemExit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_it_works_for_an_ordinary_user(gateway):
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, 65534, 65534)
        folder = Path(home) / "agent"
        asked = [sys.executable, "-c", AS_NOBODY, "enroll", "--state-dir", str(folder), gateway.url, TOKEN]
        done = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, "")
        assert (folder / "key.pem").stat().st_uid == 65534
        asked = [sys.executable, "-c", AS_NOBODY, "run", "--state-dir", str(folder), "--interval", "1"]
        with subprocess.Popen(asked, stderr=subprocess.DEVNULL) as process:
            try:
                until(lambda: len(gateway.values("cpu.used_percent")) >= 2, bar(20), "measurements")
                process.terminate()
                assert process.wait(bar(5)) == 0
            finally:
                process.kill()
        names = {key[0] for _, key, _ in gateway.stored}
        assert {"fs.used_percent", "memory.used_bytes", "net.in_bytes"} <= names
        assert gateway.inventories[0].packages is None or gateway.inventories[0].packages.installed


def test_status_of_an_agent_that_is_not_running(run, enrolment):
    code, out, _ = run("status")
    assert code == 3
    assert "agent       1 (uid-1) of http://127.0.0.1" in out
    assert "running     no" in out
    assert "not running: start it with" in out


def test_status_for_programs(run, enrolment):
    code, out, _ = run("status", "--json")
    told = json.loads(out)
    assert code == 3
    assert told["enrolment"]["agent_id"] == 1
    assert told["running"] is False
    assert "not running" in told["trouble"]


def test_unenrolling_keeps_what_is_not_delivered_unless_told_otherwise(run, enrolment, state):
    spool = Spool(state.spool)
    spool.append(1000, [(("load.1", ()), 1.0)])
    spool.close()
    code, _, err = run("unenroll")
    assert code == 1
    assert "1 samples are not delivered yet" in err
    assert state.key.exists()
    code, out, _ = run("unenroll", "--discard")
    assert (code, out) == (0, "Forgotten here. Revoke the agent in the console as well.\n")
    assert {file.name for file in state.path.iterdir()} <= {"lock"}


def test_unenrolled_and_enrolled_again_is_another_agent(run, gateway, enrolment):
    assert run("unenroll")[0] == 0
    assert run("enroll", gateway.url, TOKEN)[1].startswith("Enrolled as agent 2")


@pytest.mark.parametrize("arguments", [[], ["run", "--interval", "0"], ["run", "--interval", "x"], ["dance"]])
def test_a_wrong_command_line_is_code_two(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "steward-agent" in capsys.readouterr().err
