# SPDX-License-Identifier: Apache-2.0
"""A port is connected to, and what it says first is looked at."""

import socket

import pytest
from steward_agent.checks.registry import BadConfig, checks

from tests.agent.checks.peers import garbage, gone, peer, silent


def banner(*parts):
    def talk(line):
        for part in parts:
            line.say(part)
            line.peer.over.wait(0.03)
        line.wait(5)

    return talk


def test_a_port_that_takes_connections_is_ok_and_measured(ask):
    with peer(silent) as other:
        seen = ask("tcp", host="127.0.0.1", port=other.port)
    assert (seen.verdict, seen.reason) == ("ok", "ok")
    assert 0 <= seen.measured["check.tcp.connect_seconds"] <= seen.measured["check.seconds"]


def test_ipv6_is_spoken(ask):
    with peer(silent, host="::1") as other:
        assert ask("tcp", host="::1", port=other.port).verdict == "ok"


def test_a_closed_port_is_failing_and_says_where(ask):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    seen = ask("tcp", host="127.0.0.1", port=port)
    assert (seen.verdict, seen.reason) == ("failing", "refused")
    assert seen.parameters == {"address": "127.0.0.1", "port": port}


def test_a_port_that_swallows_connections_is_a_timeout(ask):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        held = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(full.getsockname())
            held.append(one)
        seen = ask("tcp", host="127.0.0.1", port=full.getsockname()[1], timeout=0.4)
        for one in held:
            one.close()
    assert (seen.verdict, seen.reason) == ("failing", "timeout")
    assert seen.parameters == {"phase": "connect", "seconds": 0.4}


def test_the_text_may_come_in_parts(ask):
    with peer(banner(b"220 mail.exam", b"ple ESMTP\r\n")) as other:
        assert ask("tcp", host="127.0.0.1", port=other.port, expect="example ESMTP").verdict == "ok"


@pytest.mark.parametrize(
    ("talk", "reason", "parameters"),
    [
        (banner(b"SSH-2.0-Open\x1b[2J"), "text_missing", {"bytes": 16, "began": "SSH-2.0-Open?[2J"}),
        (gone, "text_missing", {"bytes": 0, "began": ""}),
        (silent, "timeout", {"phase": "text", "seconds": 0.5}),
    ],
)
def test_another_text_or_none_is_failing_and_shown_safely(ask, talk, reason, parameters):
    with peer(talk) as other:
        seen = ask("tcp", host="127.0.0.1", port=other.port, expect="220 ", timeout=0.5)
    assert (seen.verdict, seen.reason, seen.parameters) == ("failing", reason, parameters)


def test_only_the_beginning_is_looked_at(ask):
    with peer(garbage) as other:
        seen = ask("tcp", host="127.0.0.1", port=other.port, expect="never")
    assert seen.parameters["bytes"] == 4096
    assert str(seen.parameters["began"]).isprintable()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "a b"}, "host"),
        ({"host": "a/b"}, "host"),
        ({"host": "a:80"}, "host"),
        ({"host": "fe80::1%eth0"}, "host"),
        ({"host": "a\n"}, "host"),
        ({"host": "x" * 64}, "host"),
        ({"port": 0}, "port"),
        ({"port": 65536}, "port"),
        ({"expect": ""}, "expect"),
        ({"expect": "x" * 257}, "expect"),
    ],
)
def test_a_wrong_configuration_names_its_field(given, field):
    with pytest.raises(BadConfig) as caught:
        checks()["tcp"].config({"host": "example.com", "port": 25} | given)
    assert caught.value.field == field
