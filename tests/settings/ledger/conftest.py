# SPDX-License-Identifier: Apache-2.0
"""Clusters of these tests' own, apart from the one all other tests share."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from steward.settings import ledger
from steward.settings.env import CHECKOUT


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that the database's own account may enter; pytest's are closed to it when root runs the tests."""
    folder = Path(tempfile.mkdtemp(prefix="steward-ledger-"))
    folder.chmod(0o711)
    yield folder
    cluster = ledger.find_cluster(folder / "var")
    ledger.stop(cluster)
    shutil.rmtree(cluster.pgdata, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def module_cluster() -> Iterator[ledger.Cluster]:
    """One running cluster for a module of tests that only look."""
    folder = Path(tempfile.mkdtemp(prefix="steward-ledger-"))
    folder.chmod(0o711)
    with ledger.running_cluster(folder / "var", fsync=False, createdb=False, keep=False) as cluster:
        yield cluster
    shutil.rmtree(folder, ignore_errors=True)


def as_ordinary_user(*words: str) -> list[str]:
    """A Python command line as somebody who isn't root: ourselves, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return [sys.executable, *words]
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--", sys.executable, *words]


def run_python(code: str, *arguments: str, ordinary: bool = False) -> subprocess.CompletedProcess[str]:
    """Run `code` in a fresh interpreter that finds the package."""
    words = ["-c", code, *arguments]
    command = as_ordinary_user(*words) if ordinary else [sys.executable, *words]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(CHECKOUT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, cwd="/", check=False)
