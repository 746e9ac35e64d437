# SPDX-License-Identifier: Apache-2.0
"""What everybody on the machine can read of our processes, looked at all the time, so that the short-lived are seen as well."""

import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psutil

EVERY_SECONDS = 0.1
PROC = Path("/proc")


@dataclass
class Watch:
    """While the block runs, every process below this one and those of PostgreSQL: `lines` are all command lines seen."""

    lines: set[bytes] = field(default_factory=set)
    rounds: int = 0
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> "Watch":
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._ended.set()
        assert self._thread is not None
        self._thread.join(10)

    def _run(self) -> None:
        known: dict[int, bytes] = {}
        while not self._ended.is_set():
            self.rounds += 1
            for each in PROC.iterdir():
                if each.name.isdigit():
                    with suppress(OSError):
                        line = (each / "cmdline").read_bytes()
                        if known.get(int(each.name)) != line:
                            known[int(each.name)] = line
                            self.lines.add(line)
            time.sleep(EVERY_SECONDS)


@dataclass(frozen=True)
class Environment:
    """What one process has in its environment, which its own account alone may read."""

    name: str
    uid: int
    owner: int  # of the file in /proc
    mode: int
    content: bytes


def environments(processes: list[psutil.Process]) -> list[Environment]:
    """Those of `processes` that still live."""
    found = []
    for process in processes:
        with suppress(OSError, psutil.Error):
            path = PROC / str(process.pid) / "environ"
            there = path.stat()
            words = " ".join(process.cmdline()[:6])
            found.append(
                Environment(words, process.uids().real, there.st_uid, there.st_mode & 0o777, path.read_bytes())
            )
    return found
