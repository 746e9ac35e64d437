# SPDX-License-Identifier: Apache-2.0
"""Killed with -9 in the middle: the next backup, and the next restore, go on from there."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from steward.core.recovery import restoring
from steward.core.recovery.keys_apart import find_keys
from steward.core.recovery.process import back_up_stopped
from steward.core.recovery.repository import Repository
from steward.core.recovery.restoring import restore
from steward.core.recovery.verifying import verify
from steward.settings.env import Settings
from tests.waiting import eventually

BACK_UP = """
from steward.core.recovery.process import back_up_stopped
from steward.settings.env import get_settings
back_up_stopped(get_settings(), with_ledger=True)
"""
PIECE, PIECES = 2_000_000, 20


@pytest.fixture
def large(settings: Settings, repository: Repository) -> Path:
    """Parts that take a second or two to store."""
    for number in range(PIECES):
        part = settings.data_dir / "store" / "store" / "abc" / "abc-1" / f"20261122_{number}_{number}_9"
        part.mkdir(exist_ok=True)
        (part / "data.bin").write_bytes(os.urandom(PIECE))
    return settings.data_dir


def killed(words: list[str], data_dir: Path, when: Callable[[], bool]) -> None:
    """Start a program on `data_dir` and kill it as soon as `when` says so."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
    child = subprocess.Popen(
        [sys.executable, *words], env=kept | {"STEWARD_DATA_DIR": str(data_dir)}, stderr=subprocess.PIPE
    )
    eventually(lambda: when() or child.poll() is not None, seconds=60, what="it is under way", every=0.01)
    child.kill()
    _, said = child.communicate()
    assert child.returncode < 0, f"it ended before it was killed: {said.decode()}"


def test_a_backup_that_was_killed_is_none_and_what_it_stored_is_used(
    settings: Settings, repository: Repository, large: Path
) -> None:
    killed(["-c", BACK_UP], large, lambda: len(repository.present()) >= 4)
    assert repository.names() == []
    stored = {name: (repository.root / "chunks" / name[:2] / name).stat().st_mtime_ns for name in repository.present()}
    made = back_up_stopped(settings, with_ledger=True)
    assert repository.names() == [made.name]
    assert verify(repository, made) == []
    now = {name: (repository.root / "chunks" / name[:2] / name).stat().st_mtime_ns for name in stored}
    assert now == stored  # none was written a second time
    assert not list(repository.root.glob("**/.draft-*"))


def test_a_restore_that_was_killed_goes_on_and_reads_nothing_twice(
    settings: Settings, repository: Repository, large: Path, fresh: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = back_up_stopped(settings, with_ledger=True)
    mark = fresh.data_dir / "restoring"
    words = ["restore", str(repository.root), "--keys", str(settings.secrets_dir)]
    killed(
        ["-m", "steward.cli.main", *words],
        fresh.data_dir,
        lambda: mark.exists() and mark.read_bytes().count(b"\n") > 3,
    )
    assert not (fresh.data_dir / "VERSION").exists()
    before = mark.read_bytes().count(b"\n") - 1
    put: list[str] = []
    whole = restoring._put_entry
    monkeypatch.setattr(restoring, "_put_entry", lambda *given: (put.append(given[2].path), whole(*given)))
    restore(fresh, repository, made, find_keys(settings.secrets_dir, ""))
    assert len(put) == len(made.telemetry) + len(made.files) - before
    for entry in made.telemetry:
        for name, _ in entry.members:
            assert (fresh.data_dir / entry.path / name).read_bytes() == (
                settings.data_dir / entry.path / name
            ).read_bytes()
    assert (fresh.data_dir / "VERSION").exists()
