# SPDX-License-Identifier: Apache-2.0
"""A program run for one look: no shell, a bare environment, no new privileges, bounded output, ended with all its children."""

import ctypes
import os
import selectors
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

from steward_agent.checks.visit import Visit

MAX_OUTPUT = 64 * 1024
BARE = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": "/nonexistent"}
_PR_SET_NO_NEW_PRIVS = 38
_POLL_S = 0.05
_END_S = 1.0


class TooMuchOutput(Exception):
    """The program printed more than there is room for, and was ended."""


@dataclass(frozen=True, slots=True)
class Ran:
    """`code` is the exit code, or minus the signal that ended it."""

    code: int
    out: bytes
    err: bytes


def run_program(
    command: Sequence[str], visit: Visit, *, environment: Mapping[str, str] = BARE, most: int = MAX_OUTPUT
) -> Ran:
    """Runs `command` (a path and its arguments) until it ends; what it leaves running of its process group is killed.

    Ends the look when its time is over.

    Raises:
        TooMuchOutput: for more than `most` bytes of both outputs together.
        OSError: when it can't be started.
    """
    visit.own_left()
    process = _Starter(command, environment).started()
    try:
        heard = _listen(process, visit, most)
        _end_group(process)
        return Ran(process.wait(_END_S), *heard)
    finally:
        _end_group(process)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)


class _Starter(Thread):
    """Gives up gaining privileges, then starts the program, which inherits that; the thread ends, the agent stays as it was."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        super().__init__(daemon=True, name="starter")
        self._command = command
        self._environment = environment
        self._process: subprocess.Popen[bytes] | None = None
        self._error: BaseException | None = None

    def started(self) -> "subprocess.Popen[bytes]":
        self.start()
        self.join()
        if self._process is None:
            raise self._error or OSError("not started")
        return self._process

    def run(self) -> None:
        try:
            no_new_privileges()
            self._process = subprocess.Popen(
                list(self._command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(self._environment),
                cwd="/",
                start_new_session=True,
                bufsize=0,
            )
        except Exception as error:
            self._error = error


def no_new_privileges() -> None:
    """From now on this thread, and what it starts, gains none by setuid or file capabilities; can't be taken back.

    Raises:
        OSError
    """
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _listen(process: "subprocess.Popen[bytes]", visit: Visit, most: int) -> tuple[bytes, bytes]:
    """What it prints until it has ended; a child of its own that keeps the pipes open is not waited for."""
    pipes = [pipe for pipe in (process.stdout, process.stderr) if pipe is not None]
    heard = {pipe.fileno(): bytearray() for pipe in pipes}
    with selectors.DefaultSelector() as selector:
        for pipe in pipes:
            os.set_blocking(pipe.fileno(), False)
            selector.register(pipe, selectors.EVENT_READ)
        while True:
            over = _has_ended(process)
            ready = selector.select(0 if over else min(_POLL_S, visit.own_left()))
            for key, _ in ready:
                if not _read(key.fd, heard[key.fd]):
                    selector.unregister(key.fileobj)
                if sum(map(len, heard.values())) > most:
                    raise TooMuchOutput
            if over and not ready:
                out, err = (bytes(heard[pipe.fileno()]) for pipe in pipes)
                return out, err


def _read(fd: int, into: bytearray) -> bool:
    part = os.read(fd, 16 * 1024)
    into += part
    return bool(part)


def _has_ended(process: "subprocess.Popen[bytes]") -> bool:
    """Whether it has, without fetching it: until then its number is nobody else's."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
