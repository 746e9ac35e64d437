# SPDX-License-Identifier: Apache-2.0
"""F5 for every process: it ends when its supervisor does, even one that ignores being asked, and its forks with it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from steward.cli.supervision import lifeline

SUPERVISOR = """
import os, subprocess, sys, time
os.environ["STEWARD_SUPERVISOR_PID"] = str(os.getpid())
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], sys.argv[2]])
print(child.pid, flush=True)
time.sleep(600)
"""
OBEDIENT = """
import pathlib, sys, time
from steward.cli.supervision import lifeline
lifeline.attach(pathlib.Path(sys.argv[1]))
pathlib.Path(sys.argv[1] + ".attached").touch()
time.sleep(600)
"""
DEAF = OBEDIENT.replace(
    "import pathlib", "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nimport pathlib"
)
FORKING = """
import os, pathlib, signal, sys, time
from steward.cli.supervision import lifeline
lifeline.attach(pathlib.Path(sys.argv[1]))
parent = os.getpid()
if os.fork() == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    lifeline.follow(parent, signal.SIGKILL)
    pathlib.Path(sys.argv[1] + ".attached").touch()
time.sleep(600)
"""
BECOMING = """
import os, pathlib, signal, sys
from steward.cli.supervision import lifeline
lifeline.attach(pathlib.Path(sys.argv[1]), what=signal.SIGKILL, across_exec=True)
pathlib.Path(sys.argv[1] + ".attached").touch()
os.execv("/bin/sleep", ["sleep", "600"])
"""


def within(seconds: float, true: Callable[[], bool]) -> float:
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not after {seconds} s"
        time.sleep(0.02)
    return time.monotonic() - begun


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def supervised(code: str, lock: Path) -> tuple[subprocess.Popen[str], int]:
    supervisor = subprocess.Popen(
        [sys.executable, "-c", SUPERVISOR, code, str(lock)], stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    pid = int(supervisor.stdout.readline())
    within(20, Path(f"{lock}.attached").exists)
    return supervisor, pid


@pytest.mark.parametrize(("code", "at_most"), [(OBEDIENT, 2.0), (DEAF, 10.0), (FORKING, 2.0), (BECOMING, 2.0)])
def test_when_the_supervisor_is_killed_all_end_in_time_and_the_lock_says_when(
    tmp_path: Path, code: str, at_most: float
) -> None:
    lock = tmp_path / "children.lock"
    supervisor, pid = supervised(code, lock)
    assert not lifeline.wait_for_all(lock, 0.2)
    supervisor.kill()
    supervisor.wait()
    begun = time.monotonic()
    assert lifeline.wait_for_all(lock, 12)
    assert time.monotonic() - begun < at_most
    within(1, lambda: gone(pid))


def test_a_process_whose_supervisor_is_gone_before_it_began_ends_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, lifeline.SUPERVISOR: "999999999"}
    done = subprocess.run(
        [sys.executable, "-c", OBEDIENT, str(tmp_path / "lock")],
        capture_output=True,
        text=True,
        env=environment,
        timeout=20,
        check=False,
    )
    assert done.returncode == 1
    assert "the supervisor ended before this process began" in done.stderr


def test_a_process_started_by_hand_is_left_alone(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != lifeline.SUPERVISOR}
    child = subprocess.Popen([sys.executable, "-c", OBEDIENT, str(tmp_path / "lock")], env=environment)
    within(20, (tmp_path / "lock.attached").exists)
    assert lifeline.wait_for_all(tmp_path / "lock", 0)
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == -signal.SIGTERM
