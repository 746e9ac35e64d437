# SPDX-License-Identifier: Apache-2.0
"""What the set-up says on a machine that lacks something: one clear line with the remedy, and nothing half made."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from steward.settings.env import CHECKOUT

TOOLS = ("make", "sh", "awk", "df", "touch", "sed", "expand", "env", "id", "cat", "echo")
OLD = "#!/bin/sh\nexit 1\n"  # no Python new enough answers so
WITHOUT_VENV = '#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\nexit 0\n'
FULL = '#!/bin/sh\nprintf "Filesystem 1M-blocks Used Available\\nx 100 90 10\\n"\n'


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """A checkout on a machine with little more than make; programs are added to `bin`."""
    (tmp_path / "bin").mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is not None:
            (tmp_path / "bin" / name).symlink_to(found)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "agent").mkdir()
    for name in ("Makefile", "pyproject.toml", "agent/pyproject.toml", "requirements/base.txt"):
        shutil.copy(CHECKOUT / name, tmp_path / name)
    return tmp_path


def give(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.unlink(missing_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def set_up(machine: Path) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(machine / "bin"), "HOME": str(machine)}
    return subprocess.run(
        ["make", "setup"], cwd=machine, capture_output=True, text=True, env=environment, timeout=60, check=False
    )


def said(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode != 0
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


def test_no_python_or_an_old_one(machine: Path) -> None:
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        give(machine, name, OLD)
    (line,) = said(set_up(machine))
    assert line.startswith("Python 3.11 or newer is needed. Debian: apt-get install python3 python3-venv")
    assert not (machine / ".venv").exists()


def test_a_python_that_cannot_make_environments(machine: Path) -> None:
    give(machine, "python3", WITHOUT_VENV)
    assert said(set_up(machine)) == ["This Python can't make environments. Debian: apt-get install python3-venv"]


def test_a_disk_that_is_too_small(machine: Path) -> None:
    give(machine, "python3", "#!/bin/sh\nexit 0\n")
    give(machine, "df", FULL)
    (line,) = said(set_up(machine))
    assert line == "Only 10 MB are free here; the set-up needs 3000 MB. Free some, or clone to a larger disk."


def test_what_tests_need_is_named_where_it_cannot_be_installed(machine: Path) -> None:
    give(machine, "id", "#!/bin/sh\necho 1000\n")
    done = subprocess.run(
        [str(CHECKOUT / ".ci" / "need"), "no-such-browser|nor-this=chromium"],
        capture_output=True,
        text=True,
        env={"PATH": f"{machine / 'bin'}:{os.defpath}"}
        if shutil.which("sudo") is None
        else {"PATH": str(machine / "bin")},
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "Missing: chromium. Install with: apt-get install chromium\n")


def test_nothing_is_asked_for_that_is_there(machine: Path) -> None:
    done = subprocess.run([str(CHECKOUT / ".ci" / "need"), "nor-this|make=make"], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_help_names_every_command(machine: Path) -> None:
    done = subprocess.run(["make", "help"], cwd=machine, capture_output=True, text=True, check=True)
    for name in ("run", "setup", "test", "check", "bench", "prove", "lock"):
        assert f"make {name} " in done.stdout
