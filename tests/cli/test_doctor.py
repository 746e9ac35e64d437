# SPDX-License-Identifier: Apache-2.0
"""Every finding is provoked, and gone once its remedy was followed."""

import ctypes
import json
import os
import shutil
import socket
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from steward.cli import data_version, preflight
from steward.cli.doctor import house, machine
from steward.cli.doctor.findings import Level
from steward.settings import ledger
from steward.settings.env import Settings
from tests.cli.conftest import Run

NAMES = [
    "python", "programs", "disk", "data", "secrets", "address", "clock", "mail", "anchor", "backup", "recovery",
    "ports", "processes", "database", "migrations", "store", "files", "ready", "agent",
]  # fmt: skip


@pytest.fixture
def used(settings: Settings) -> Settings:
    """A data directory that was started once."""
    preflight.prepare_directories(settings)
    data_version.write(settings.data_dir, replace(data_version.this_version(), begun="done"))
    ledger.find_cluster(settings.data_dir).dsn(role="app")
    return settings


def test_where_nothing_runs_it_says_so_line_by_line_and_exits_with_one(steward: Run) -> None:
    done = steward("doctor")
    assert done.returncode == 1
    assert "FAIL  processes   Steward is not running\n                  -> Start Steward: `steward up`." in done.stdout
    assert done.stderr == ""


def test_for_programs_every_check_answers_and_whatever_is_not_good_has_a_remedy(steward: Run) -> None:
    findings = json.loads(steward("doctor", "--json").stdout)
    assert [each["check"] for each in findings] == NAMES
    for each in findings:
        assert (each["remedy"] == "") is (each["level"] == "good"), each


def test_it_changes_nothing(steward: Run, settings: Settings) -> None:
    steward("doctor")
    assert not settings.data_dir.exists() or not list(settings.data_dir.rglob("*.log"))


def test_an_old_python(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.python(settings).level is Level.GOOD
    monkeypatch.setattr(preflight, "OLDEST_PYTHON", (4, 0))
    assert machine.python(settings).level is Level.WRONG


def test_missing_programs(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.programs(settings).level is Level.GOOD
    with monkeypatch.context() as changed:
        changed.setattr("steward.settings.ledger.binaries.TREE", "not/there")
        found = machine.programs(settings)
    assert (found.level, found.remedy) == (Level.WRONG, "Run `make setup` again.")


@pytest.mark.parametrize(
    ("used_gb", "free_gb", "level"), [(10, 90, Level.GOOD), (91, 9, Level.WARNING), (99, 0.1, Level.WRONG)]
)
def test_the_disk(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, used_gb: float, free_gb: float, level: Level
) -> None:
    usage = shutil._ntuple_diskusage(100 * 2**30, int(used_gb * 2**30), int(free_gb * 2**30))  # type: ignore[attr-defined]  # its own type
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert machine.disk(settings).level is level


def test_a_data_directory_others_may_write_to(used: Settings) -> None:
    assert machine.data_directory(used).level is Level.GOOD
    used.data_dir.chmod(0o777)
    found = machine.data_directory(used)
    assert (found.level, found.remedy) == (Level.WRONG, f"chmod go-w {used.data_dir}")


def test_a_data_directory_that_is_newer_damaged_or_unfinished(used: Settings) -> None:
    data_version.write(used.data_dir, replace(data_version.this_version(), steward="99.0"))
    assert machine.data_directory(used).level is Level.WRONG
    (used.data_dir / "VERSION").write_text("?", encoding="utf-8")
    assert machine.data_directory(used).level is Level.WRONG
    (used.data_dir / "VERSION").unlink()
    assert machine.data_directory(used).level is Level.WARNING


def test_a_secret_others_can_read(used: Settings) -> None:
    assert machine.secrets(used).level is Level.GOOD
    (used.secrets_dir / "db-app").chmod(0o640)
    found = machine.secrets(used)
    assert found.level is Level.WRONG
    assert "db-app" in found.found


def test_an_address_that_is_not_allowed(settings: Settings) -> None:
    assert machine.address(settings).level is Level.GOOD
    assert machine.address(settings.model_copy(update={"bind": "0.0.0.0"})).level is Level.WRONG


@pytest.mark.parametrize(("answer", "level"), [(0, Level.GOOD), (5, Level.WARNING)])
def test_a_clock_that_nothing_keeps_right(
    used: Settings, monkeypatch: pytest.MonkeyPatch, answer: int, level: Level
) -> None:
    class Kernel:
        def adjtimex(self, _: Any) -> int:
            return answer

    monkeypatch.setattr(ctypes, "CDLL", lambda _: Kernel())
    assert machine.clock(used).level is level


def test_a_clock_that_went_back(used: Settings) -> None:
    later = time.time() + 86400
    os.utime(used.data_dir / "VERSION", (later, later))
    assert machine.clock(used).level is Level.WRONG


def test_mail_and_anchor_that_are_not_set(settings: Settings) -> None:
    unset = settings.model_copy(update={"smtp_url": None, "audit_anchor": ""})
    assert machine.mail(unset).level is Level.WARNING
    assert machine.anchor(unset).level is Level.WARNING
    done = settings.model_copy(update={"smtp_url": "smtp://localhost", "audit_anchor": "mailto:a@example.org"})
    assert machine.mail(done).level is Level.GOOD
    assert machine.anchor(done).level is Level.GOOD


@pytest.mark.parametrize(
    ("minutes", "every", "said"),
    [
        (10, 15, "on the same disk"),
        (31, 15, "31 minutes old"),
        (60 * 24 * 7, 0, "same disk"),
        (60 * 24 * 9, 0, "9 days old"),
    ],
)
def test_the_age_and_the_place_of_the_last_backup(used: Settings, minutes: int, every: int, said: str) -> None:
    assert machine.backup(used).found == "there is no backup"
    at = datetime.now(UTC) - timedelta(minutes=minutes)
    note = {"at": at.isoformat(), "destination": str(preflight.backups_dir(used)), "every_minutes": every}
    (used.data_dir / "last-backup.json").write_text(json.dumps(note), encoding="utf-8")
    found = machine.backup(used)
    assert found.level is Level.WARNING
    assert said in found.found
    (used.data_dir / "last-backup.json").write_text(json.dumps(note | {"destination": "/dev"}), encoding="utf-8")
    assert machine.backup(used).level is (Level.GOOD if "disk" in said else Level.WARNING)


def test_a_recovery_key_that_nobody_took_away(used: Settings) -> None:
    assert machine.recovery_key(used).level is Level.GOOD
    (used.data_dir / "recovery-key").write_text("canary", encoding="utf-8")
    found = machine.recovery_key(used)
    assert found.level is Level.WARNING
    assert "canary" not in str(found)


def test_a_port_that_somebody_has(settings: Settings) -> None:
    assert house.ports(settings).level is Level.GOOD
    with socket.create_server(("127.0.0.1", settings.gateway_port)):
        found = house.ports(settings)
    assert found.level is Level.WRONG
    assert str(settings.gateway_port) in found.found


def test_a_ledger_that_is_away_and_one_that_answers(used: Settings) -> None:
    assert house.database(used).level is Level.WRONG
    assert house.migrations(used).level is Level.WRONG
    with ledger.running_cluster(used.data_dir, fsync=False):
        assert house.database(used).level is Level.GOOD


def test_a_ledger_that_lacks_migrations(used: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STEWARD_DATABASE_NAME", raising=False)
    with ledger.running_cluster(used.data_dir, fsync=False):
        found = house.migrations(used)
    assert found.level is Level.WRONG
    assert "are missing, first" in found.found


def test_a_store_and_pages_that_are_away(used: Settings) -> None:
    for check in (house.processes, house.store, house.ready):
        found = check(used)
        assert found.level is Level.WRONG
        assert "steward up" in found.remedy


def test_an_agent_that_is_not_enrolled(used: Settings) -> None:
    assert house.agent(used).level is Level.WARNING
    (used.data_dir / "agent").mkdir()
    (used.data_dir / "agent" / "enrolment.json").write_text("{}", encoding="utf-8")
    assert house.agent(used).level is Level.GOOD
