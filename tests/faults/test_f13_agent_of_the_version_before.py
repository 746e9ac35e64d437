# SPDX-License-Identifier: Apache-2.0
"""F13: the agent of the version before, as it was released, enrols at this server and reports; no rehearsal of it, its own code.

`before/agent.zip` is the agent's package of the version before. When a version is released, the one it follows takes its place."""

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone

from steward.core.access.public import actor_for, scope_for
from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.telemetry.public import connect
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.actions.tokens import token_mint
from steward.estate.agents.models import Agent, Inventory
from steward.settings.env import get_settings
from tests.fixtures.gateway import running_gateway
from tests.fixtures.store import Store
from tests.waiting import eventually

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE = Path(__file__).with_name("before") / "agent.zip"
METRICS = "select count(), uniq(name) from samples_once inner join series using (client, sid) where client = {c:UInt32}"


@pytest.fixture
def old_agent(tmp_path: Path) -> Path:
    """The folder of the older package."""
    folder = tmp_path / "before"
    with zipfile.ZipFile(BEFORE) as kept:
        kept.extractall(folder)
    return folder


@pytest.fixture
def server(store: Store, web: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The pages' address; the gateway that it tells agents of runs too."""
    with running_gateway() as gateway:
        monkeypatch.setenv("STEWARD_GATEWAY_URL", f"http://127.0.0.1:{gateway.port}")
        monkeypatch.setenv("STEWARD_URL", web)
        get_settings.cache_clear()
        yield web
    monkeypatch.undo()
    get_settings.cache_clear()


def test_the_agent_of_the_version_before_enrols_and_reports(
    server: str, acme: Client, olga: User, old_agent: Path, tmp_path: Path
) -> None:
    with scoped(scope_for(olga)), transaction.atomic():
        until = timezone.now() + timedelta(hours=1)
        minted = token_mint(acme, actor=actor_for(olga), name="old", expires_at=until, max_uses=1, pre_approved=True)
    state = tmp_path / "agent"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
    environment["PYTHONPATH"] = str(old_agent)
    agent = [sys.executable, "-m", "steward_agent"]
    done = subprocess.run(
        [*agent, "enroll", server, "-", "--state-dir", str(state)],
        input=minted.text, capture_output=True, text=True, env=environment, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    with (tmp_path / "agent.log").open("wb") as log, subprocess.Popen(
        [*agent, "run", "--state-dir", str(state), "--interval", "1"], stderr=log, env=environment
    ) as running:  # fmt: skip
        try:
            counted = eventually(lambda: reported(acme), seconds=40, what="three rounds of many metrics")
            known = eventually(lambda: inventoried(acme), seconds=40, what="an inventory")
        finally:
            # Not asked to end: that version could wait for itself when the question came in the middle of a round.
            running.kill()
    said = (tmp_path / "agent.log").read_text()
    assert str(old_agent) in loaded_from(environment)
    assert "not understood" not in said, said
    assert "refused" not in said, said
    print(f"F13: {counted[0]} samples of {counted[1]} metrics, agent {known.agent_version}")


def loaded_from(environment: dict[str, str]) -> str:
    """Where the package that was run lies."""
    ask = [sys.executable, "-c", "import steward_agent; print(steward_agent.__file__)"]
    return subprocess.run(ask, capture_output=True, text=True, env=environment, check=True).stdout


def reported(client: Client) -> tuple[int, int] | None:
    [(samples, metrics)] = connect().query(METRICS, parameters={"c": client.pk}).result_rows
    return (samples, metrics) if metrics >= 10 and samples >= 3 * metrics else None


def inventoried(client: Client) -> Agent | None:
    """The agent, once its inventory has come and was understood."""
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        understood = Inventory.objects.filter(client=client, packages__isnull=False).exists()
        return Agent.objects.get(client=client) if understood else None
