# SPDX-License-Identifier: Apache-2.0
"""The real agent and the real gateway, as processes: a port that closes on a machine becomes an alert, and is over when it opens."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from steward_agent.state import StateDir

from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.estate.agents.models import Agent
from steward.estate.assets.models import Asset
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert
from steward.watch.monitoring.actions import check_create
from steward.watch.monitoring.models import Check
from tests.estate.agents.gateway.test_real_agent import enrolled
from tests.fixtures.gateway import gateway_process, make_machine
from tests.fixtures.store import Store
from tests.fixtures.watching import MakeRule, round_of
from tests.waiting import eventually

pytestmark = [pytest.mark.alone, pytest.mark.django_db(transaction=True)]


def _verdict(look: Check) -> str:
    with scoped(system_scope("tests")), transaction.atomic():
        return Check.objects.get(pk=look.pk).last_verdict


@contextmanager
def _running(state: StateDir, log: Path) -> Iterator[None]:
    """An agent that looks every second, ended whatever happens."""
    command = [sys.executable, "-m", "steward_agent", "run", "--state-dir", str(state.path), "--interval", "1"]
    with log.open("wb") as sink:
        agent = subprocess.Popen(command, stderr=sink)
        try:
            yield
        finally:
            agent.terminate()
            agent.wait(20)


@pytest.fixture
def shut() -> Iterator[socket.socket]:
    """A port of our own that refuses until it listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held


def test_a_port_that_closes_becomes_an_alert_and_is_over_when_it_opens(
    store: Store, acme: Client, rule: MakeRule, shut: socket.socket, tmp_path: Path
) -> None:
    machine, port = make_machine(acme), shut.getsockname()[1]
    rule("check_failing", failing=1, of=1)
    with scoped(system_scope("tests")), transaction.atomic():
        Agent.objects.filter(pk=machine.agent_id).update(capabilities={"tcp": 1})
        look = check_create(
            Asset.objects.select_related("client").get(pk=machine.asset_id),
            actor=current_scope().actor,
            kind="tcp",
            name="Intranet",
            interval_seconds=1,
            timeout_seconds=0.5,
            config={"host": "127.0.0.1", "port": port},
        )
    with gateway_process(tmp_path) as gateway:
        gateway.start()
        state = enrolled(machine, gateway.port, tmp_path)
        with _running(state, tmp_path / "agent.log"):
            eventually(lambda: _verdict(look) == "failing", seconds=60, what="the first look")
            assert round_of("check_failing", timezone.now()).opened == 1
            shut.listen()
            eventually(lambda: _verdict(look) == "ok", seconds=60, what="a look at the open port")
            assert round_of("check_failing", timezone.now() + timedelta(milliseconds=1)).over == 1
    with scoped(system_scope("tests")), transaction.atomic():
        [alert] = Alert.objects.all()
        look.refresh_from_db()
    assert (alert.state, alert.params["reason"]) == ("resolved", "refused")
    assert title_of(alert.kind, alert.params) == "Intranet fails: 1 of the last 1 looks"
