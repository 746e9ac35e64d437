# SPDX-License-Identifier: Apache-2.0
"""A data directory of a test's own, and the command line run on it as a user runs it."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from steward.cli.main import main
from steward.settings import ledger
from steward.settings.env import Settings
from tests.fixtures.house import three_free_ports

Run = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


SaidHere = Callable[..., Said]


@pytest.fixture
def said_here(capsys: pytest.CaptureFixture[str]) -> SaidHere:
    """`steward WORDS` within this process, for what depends on the words alone: a process of its own takes seconds to begin."""

    def run(*words: str) -> Said:
        capsys.readouterr()
        code = 0
        try:
            main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        return Said(code, *capsys.readouterr())

    return run


@pytest.fixture
def settings() -> Iterator[Settings]:
    """Settings with a data directory that does not exist yet, and free ports."""
    folder = Path(tempfile.mkdtemp(prefix="steward-cli-"))
    folder.chmod(0o711)
    yield Settings(
        data_dir=folder / "var",
        port=three_free_ports(),
        database_url=None,
        telemetry_url=None,
        url="",
        database_name="steward",
    )
    cluster = ledger.find_cluster(folder / "var")
    ledger.stop(cluster)
    shutil.rmtree(cluster.pgdata, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    """What a user would export to work with `settings`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STEWARD_")}
    own = {"STEWARD_DATA_DIR": str(settings.data_dir), "STEWARD_PORT": str(settings.port), "PYTHONUNBUFFERED": "1"}
    return kept | own | more


@pytest.fixture
def steward(settings: Settings) -> Run:
    """Run `steward WORDS`; keywords become environment variables."""

    def run(*words: str, timeout: float = 60, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "steward.cli.main", *words],
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environment_of(settings, **variables),
            check=False,
        )

    return run
