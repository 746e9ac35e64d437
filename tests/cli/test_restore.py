# SPDX-License-Identifier: Apache-2.0
"""What `steward restore` refuses before it has written anything, each in one line that says what to do."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from steward.cli import preflight
from steward.core.recovery.keys_apart import backup_key, keep_keys, recovery_key_file
from steward.core.recovery.manifest import Manifest
from steward.core.recovery.repository import Repository, open_repository
from steward.settings.env import Settings
from steward.settings.secrets import secret
from tests.cli.conftest import Run

NEWER = "steward 99.0.0\npostgresql 18.4\nchdb 4.4.0\n"


@pytest.fixture
def kept(settings: Settings) -> tuple[Repository, Path]:
    """A directory of backups without one, and a file of keys."""
    preflight.prepare_directories(settings)
    secret("kek", directory=settings.secrets_dir)
    repository = open_repository(settings.data_dir / "backups", backup_key(settings), make=True)
    return repository, keep_keys(settings, settings.data_dir / "backup-keys", installation="ab").path


def test_what_is_no_backup_of_ours_or_does_not_open_is_refused(
    settings: Settings, kept: tuple[Repository, Path], steward: Run
) -> None:
    repository, keys = kept
    words = ["restore", str(repository.root), "--keys", str(keys)]
    key = ["--recovery-key-file", str(recovery_key_file(settings))]
    wrong = settings.data_dir / "wrong"
    wrong.write_text("STEWARD-RECOVERY-1-AAAAAA", encoding="utf-8")
    for given, said in (
        (words, "the recovery key is needed to open the file of keys: give it with --recovery-key-file"),
        ([*words, "--recovery-key-file", str(wrong)], "the recovery key is mistyped"),
        ([*words, *key], "there is no finished backup in"),
    ):
        done = steward(*given, STEWARD_DATA_DIR=str(settings.data_dir / "fresh"))
        assert done.returncode == 1
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
    assert not (settings.data_dir / "fresh").exists()


def test_a_backup_that_a_newer_steward_made_is_refused(
    settings: Settings, kept: tuple[Repository, Path], steward: Run
) -> None:
    repository, _ = kept
    now = datetime.now(UTC)
    repository.finish(
        Manifest(name="20261122T120000Z-test", reason="test", at=now, made_at=now, version=NEWER, ledger=None,
                 telemetry=(), files=())
    )  # fmt: skip
    words = ["restore", str(repository.root), "--keys", str(settings.secrets_dir)]
    done = steward(*words, STEWARD_DATA_DIR=str(settings.data_dir / "fresh"))
    assert done.returncode == 1
    assert "was written by Steward 99.0.0" in done.stderr
    assert not (settings.data_dir / "fresh").exists()
