# SPDX-License-Identifier: Apache-2.0
"""A13, checks: what people have looked at is looked at by agents alone. The server takes any address, and connects to none."""

import ast
import socket
from datetime import datetime
from pathlib import Path

import pytest
from django.db import transaction

from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.watch.monitoring.actions import check_create
from steward.watch.monitoring.assigning import assign
from tests.fixtures.watching import MakeRule, MakeWatched, round_of

SOURCES = Path(__file__).resolve().parents[2] / "src" / "steward"
LOOKING = {"steward_agent.checks.place", "steward_agent.checks.visit", "steward_agent.checks.targets"}
INSIDE = (
    "127.0.0.1",
    "169.254.169.254",
    "0x7f.1",
    "2130706433",
    "::ffff:127.0.0.1",
    "localhost",
    "metadata.google.internal",
)


def test_no_module_of_the_server_has_what_it_takes_to_look() -> None:
    found = [
        f"{file.relative_to(SOURCES)}:{node.lineno}"
        for file in SOURCES.rglob("*.py")
        if file.parent.name
        != "outward"  # asks strangers with the same means, for webhooks: a test of its own looks at that
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and node.module in LOOKING)
        or (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "observe")
    ]
    assert found == []


@pytest.mark.django_db
def test_an_address_inside_is_given_to_the_agent_and_nothing_here_connects(
    acme: Client,
    watched: MakeWatched,
    rule: MakeRule,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    web = watched(acme)
    rule("check_failing")
    asked: list[object] = []

    def refused(*given: object, **_more: object) -> None:
        asked.append(given)
        raise AssertionError(f"the server asked the network: {given}")

    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket.socket, "connect_ex", refused)
    with scoped(system_scope("tests")), transaction.atomic():
        for host in INSIDE:
            check_create(
                web.asset,
                actor=current_scope().actor,
                kind="tcp",
                name=host,
                interval_seconds=60,
                timeout_seconds=5,
                config={"host": host, "port": 80},
            )
        assert assign() == 0
    round_of("check_failing", now)
    assert asked == []
