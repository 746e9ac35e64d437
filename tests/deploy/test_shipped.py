# SPDX-License-Identifier: Apache-2.0
"""What `deploy/` ships: units that systemd takes and calls well closed, a compose file that compose takes, names that exist."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from steward.cli.main import COMMANDS
from steward.cli.supervision.programs import programs
from steward.settings.env import Settings
from tests.architecture.checks.sources import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted([*(DEPLOY / "systemd").iterdir(), ROOT / "agent" / "systemd" / "steward-agent.service"])
SERVICES = [each for each in UNITS if each.suffix == ".service"]
STEWARD = "/opt/steward/.venv/bin/steward"
AGENT = "/usr/bin/steward-agent"
# systemd's own measure from 0 (closed) to 10 (open).
EXPOSED_AT_MOST = 3.0


def started(unit: Path) -> list[str]:
    """The words after the program in ExecStart."""
    [line] = re.findall(r"^ExecStart=(.+)$", unit.read_text(encoding="utf-8"), re.M)
    return str(line).split()[1:]


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The units with a program that exists, in a folder of their own."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze here: apt-get install systemd")
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(STEWARD, sys.executable).replace(AGENT, sys.executable)
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


def analyze(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"SYSTEMD_UNIT_PATH": f"{folder}:/lib/systemd/system:/usr/lib/systemd/system"},
    )


def test_systemd_takes_every_unit_without_a_word(unpacked: Path) -> None:
    names = [name.replace("@.", "@1.") for name in sorted(each.name for each in unpacked.iterdir())]
    done = analyze("verify", "--man=no", *[str(unpacked / name) for name in names], folder=unpacked)
    ours = [line for line in done.stderr.splitlines() if "steward" in line]
    print(f"systemd-analyze verify: {len(names)} units, exit code {done.returncode}, {len(ours)} lines")
    assert ours == []
    assert done.returncode == 0, done.stderr


def test_a_unit_with_a_mistake_would_be_seen(unpacked: Path) -> None:
    unit = unpacked / "steward-web.service"
    unit.write_text(unit.read_text(encoding="utf-8").replace("ProtectSystem=strict", "ProtectSystem=stricter"))
    done = analyze("verify", "--man=no", str(unit), folder=unpacked)
    assert "steward-web.service" in done.stderr


@pytest.mark.parametrize("name", [each.name for each in SERVICES])
def test_every_service_is_closed(unpacked: Path, name: str) -> None:
    done = analyze(
        "security", "--offline=true", "--no-pager", str(unpacked / name.replace("@.", "@1.")), folder=unpacked
    )
    if name.endswith("@.service") and done.returncode != 0:
        done = analyze("security", "--offline=true", "--no-pager", str(unpacked / name), folder=unpacked)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    print(f"{name}: {found[1]}")
    assert float(found[1]) <= EXPOSED_AT_MOST


def test_every_process_has_its_unit_and_every_unit_a_command() -> None:
    commands = {unit.name: started(unit) for unit in SERVICES}
    assert {words[0] for name, words in commands.items() if name != "steward-agent.service"} <= set(COMMANDS)
    apart = {words[0] for words in commands.values()}
    wanted = {each.name for each in programs(Settings(database_url=None, telemetry_url=None))} - {"agent"}
    assert wanted <= apart
    assert commands["steward-agent.service"] == ["run"]


def test_units_and_containers_name_settings_that_exist() -> None:
    known = {f"STEWARD_{name.upper()}" for name in Settings.model_fields}
    files = [each for each in (*DEPLOY.rglob("*"), *(ROOT / "docs" / "how-to").iterdir()) if each.is_file()]
    named = {(each.name, name) for each in files for name in re.findall(r"\bSTEWARD_[A-Z_]+[A-Z]\b", each.read_text())}
    assert len(named) > 10
    assert sorted((file, name) for file, name in named if name not in known) == []


def compose() -> list[str] | None:
    """The words that call compose, or None where there is none."""
    if shutil.which("docker-compose"):
        return ["docker-compose"]
    if (
        shutil.which("docker")
        and subprocess.run(["docker", "compose", "version"], capture_output=True, check=False).returncode == 0
    ):
        return ["docker", "compose"]
    return None


def test_compose_takes_the_file(tmp_path: Path) -> None:
    words = compose()
    if words is None:
        pytest.skip("no compose here: apt-get install docker-compose")
    folder = tmp_path / "deploy"
    shutil.copytree(DEPLOY, folder)
    (folder / "steward.env").write_text("STEWARD_LOG_LEVEL=info\n", encoding="utf-8")
    done = subprocess.run(
        [*words, "-f", str(folder / "compose.yaml"), "config"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env=os.environ | {"STEWARD_URL": "https://steward.example.org"},
    )
    assert done.returncode == 0, done.stderr
    read = yaml.safe_load(done.stdout)
    assert set(read["services"]) == {"steward", "proxy"}
    assert read["services"]["steward"]["environment"]["STEWARD_LIVE_URL"] == "https://steward.example.org"


def test_the_containers_have_no_more_than_they_need() -> None:
    services: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]
    steward = services["steward"]
    assert steward["read_only"] is True
    assert steward["cap_drop"] == ["ALL"]
    assert services["proxy"]["network_mode"] == "service:steward", "so Steward may listen on loopback alone"
    assert "STEWARD_BIND" not in json.dumps(steward)
    image = (DEPLOY / "Dockerfile").read_text()
    assert re.search(r"^USER steward$", image, re.M)
    assert "/var/lib/steward" in image
    assert steward["volumes"] == ["data:/var/lib/steward"]
    copied = [line.split()[1:-1] for line in image.splitlines() if line.startswith("COPY ")]
    for source in (each for words in copied for each in words):
        assert (ROOT / source).exists(), source
