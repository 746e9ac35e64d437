# SPDX-License-Identifier: Apache-2.0
"""The store under the product's own settings, and the job that rolls up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from steward.core.jobs.public import declared_jobs
from steward.core.telemetry.connection import forget_client
from steward.core.telemetry.public import migrate_telemetry, ping, telemetry_status
from steward.core.telemetry.tasks import roll_up_telemetry
from steward.settings.env import get_settings
from tests.core.telemetry.test_rollup import ACME, HOUR, an_hour, put, rolled
from tests.fixtures.store import Store, until


def test_the_roll_up_is_a_job_of_every_minute() -> None:
    job = declared_jobs()["telemetry.roll_up"]
    assert job.cron == "* * * * *"


def test_the_job_counts_what_has_closed(store: Store) -> None:
    hour = int(time.time()) // HOUR * HOUR - 2 * HOUR
    put(an_hour(ACME, 1, hour), "all")
    roll_up_telemetry()
    assert rolled(store)[ACME, 1, hour][0] == 120


def test_the_job_waits_while_the_store_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STEWARD_TELEMETRY_URL", raising=False)
    monkeypatch.setenv("STEWARD_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    forget_client()
    try:
        with capture_logs() as said:
            roll_up_telemetry()
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()
    assert [each["event"] for each in said] == ["telemetry.roll_up.waits"]


def test_the_store_is_found_by_its_port_file_and_its_secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STEWARD_TELEMETRY_URL", raising=False)
    monkeypatch.setenv("STEWARD_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    forget_client()
    process = subprocess.Popen([sys.executable, "-m", "steward.core.telemetry.store"], env=os.environ.copy())
    try:
        until((get_settings().runtime_dir / "store.port").exists, 30, "the port file")
        ping()
        assert migrate_telemetry()
        assert telemetry_status().rows["schema_migrations"] == 2
        assert (tmp_path / "secrets" / "store").stat().st_mode & 0o077 == 0
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
        monkeypatch.undo()
        get_settings.cache_clear()
        forget_client()
