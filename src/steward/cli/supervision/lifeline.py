# SPDX-License-Identifier: Apache-2.0
"""Ties a process to the one that started it: when that one ends, however it ends, this one ends within `GRACE` seconds.

The kernel sends the signal (PR_SET_PDEATHSIG), so it arrives even when the parent was killed with -9; a thread that waits
on the parent's pidfd then makes sure. Every tied process holds a shared lock, so the next start knows when all have gone.
"""

import ctypes
import fcntl
import os
import select
import signal
import sys
import threading
import time
from pathlib import Path

SUPERVISOR = "STEWARD_SUPERVISOR_PID"
GRACE = 6.0
PR_SET_PDEATHSIG = 1

_held: list[int] = []  # descriptors that must stay open as long as the process lives


def supervised() -> bool:
    """True when a supervisor started this process; asked before `attach`."""
    return SUPERVISOR in os.environ


def attach(lock: Path, *, what: signal.Signals = signal.SIGTERM, across_exec: bool = False) -> None:
    """Called first by every supervised program. A program started by hand is left alone.

    `what` is sent when the supervisor ends; `across_exec` keeps that, and the lock, for the program this one becomes.
    """
    named = os.environ.pop(SUPERVISOR, None)
    if named is None:
        return
    parent = int(named)
    hold_shared(lock, inherited=across_exec)
    if os.getppid() == parent and not across_exec:
        threading.Thread(target=_make_sure, args=(os.pidfd_open(parent),), name="lifeline", daemon=True).start()
    follow(parent, what)


def follow(parent: int, what: signal.Signals) -> None:
    """Have the kernel send `what` when the thread that started this process ends; exit now when it already has."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(what))
    if os.getppid() != parent:
        sys.exit("steward: the supervisor ended before this process began.")


def hold_shared(lock: Path, *, inherited: bool = False) -> None:
    """Hold `lock` as long as this process, or one forked from it, lives; `inherited` past an exec as well."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    os.set_inheritable(descriptor, inherited)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held.append(descriptor)


def wait_for_all(lock: Path, seconds: float) -> bool:
    """True once nobody holds `lock`; False when somebody still does after `seconds`."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + seconds
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() > deadline:
                    return False
                time.sleep(0.05)
    finally:
        os.close(descriptor)


def _make_sure(parent: int) -> None:
    select.select([parent], [], [])
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)
