# SPDX-License-Identifier: Apache-2.0
"""Each process by itself, as the units of `deploy/systemd` start them: in their order, without a supervisor."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from tests.deploy.test_shipped import DEPLOY, started
from tests.fixtures.house import House, house, until

pytestmark = [pytest.mark.alone, pytest.mark.prove]
ORDER = ("postgres", "store", "web", "live", "gateway", "worker@")
SIGNALS = {"postgres": signal.SIGINT}


@pytest.fixture
def home() -> Iterator[House]:
    with house() as made:
        yield made


def begin(home: House, name: str) -> subprocess.Popen[bytes]:
    """What a unit starts."""
    words = started(DEPLOY / "systemd" / f"steward-{name}.service")
    log = (home.settings.data_dir / "logs" / f"{name}.log").open("wb")
    with log:
        return subprocess.Popen(
            [sys.executable, "-m", "steward.cli.main", *words], stdout=log, stderr=log, env=home.environment
        )


def test_the_units_in_their_order_make_a_house_and_end_by_themselves(home: House) -> None:
    prepared = home.run(*started(DEPLOY / "systemd" / "steward-prepare.service"), timeout=180)
    assert prepared.returncode == 0, prepared.stdout + prepared.stderr
    assert "The databases are of this version" in prepared.stdout
    assert (home.settings.data_dir / "first-password").exists()
    assert not (home.settings.data_dir / "run" / "host-token").exists(), "this host's agent enrols like any other"
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in ORDER:
            running[name] = begin(home, name)
        until(home.is_ready, 90, lambda: "ready", None)
        assert home.get("/healthz", port=home.settings.live_port) == 200
        assert home.get("/readyz", port=home.settings.gateway_port) == 200
        findings = {each["check"]: each["level"] for each in json.loads(home.run("doctor", "--json").stdout)}
        assert (findings["database"], findings["store"], findings["ready"]) == ("good", "good", "good")
        assert all(each.poll() is None for each in running.values())
    finally:
        for name in reversed(ORDER):
            if name in running:
                running[name].send_signal(SIGNALS.get(name, signal.SIGTERM))
                running[name].wait(30)
    assert not [
        each
        for each in psutil.process_iter(["cmdline"])
        if str(home.settings.data_dir) in " ".join(each.info["cmdline"] or [])
    ]
    again = home.run(*started(DEPLOY / "systemd" / "steward-prepare.service"), timeout=120)
    assert again.returncode == 0, again.stdout + again.stderr
