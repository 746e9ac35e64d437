# SPDX-License-Identifier: Apache-2.0
"""One run of `steward up`: the supervisor is started, the programs in their order, and all of them ended at the end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from steward.cli.preflight import FULL, children_lock, disk_share
from steward.cli.refusal import Refusal
from steward.cli.supervision import daemon, lifeline, readiness
from steward.cli.supervision.config import socket_path, write_config
from steward.cli.supervision.control import Control
from steward.cli.supervision.programs import Program, programs
from steward.settings.env import Settings

STOP_SECONDS = 9.5  # the supervisor's own deadlines end before
DISK_LOOK = 15.0
PULSE = 0.5
SUPERVISOR_SECONDS = 10.0
Say = Callable[[str], None]


class Ended(BaseException):
    """The operator, or the system, asked us to stop."""


@contextmanager
def asked_to_stop() -> Iterator[None]:
    """SIGTERM, SIGINT and SIGHUP raise Ended once; while we then stop, further ones change nothing."""

    def raise_once(number: int, _: FrameType | None) -> None:
        for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)
        raise Ended(signal.Signals(number).name)

    before = {each: signal.signal(each, raise_once) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


class Session:
    """The supervisor and its programs, as long as `with` lasts. `lock` is handed to the supervisor, which outlives us."""

    def __init__(self, settings: Settings, *, lock: int, say: Say) -> None:
        self.settings = settings
        self.programs = programs(settings)
        self.control = Control(socket_path(settings))
        self._lock = lock
        self._say = say
        self._daemon: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Session":
        config = write_config(self.settings, self.programs)
        socket_path(self.settings).unlink(missing_ok=True)
        (self.settings.runtime_dir / "store.port").unlink(missing_ok=True)
        environment = {**os.environ, daemon.UP: str(os.getpid())}
        with (self.settings.logs_dir / "supervisor.err").open("wb") as errors:
            self._daemon = subprocess.Popen(
                [sys.executable, "-m", daemon.__name__, str(config)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=environment,
                pass_fds=[self._lock],
                start_new_session=True,  # Ctrl-C reaches us alone, and we stop the others in their order
            )
        if not readiness.wait_for(self.control.answers, seconds=SUPERVISOR_SECONDS, alive=self.is_alive):
            self.__exit__()
            raise Refusal(f"the supervisor does not start: {self.settings.logs_dir}/supervisor.log says why.")
        return self

    def __exit__(self, *_: object) -> None:
        if self._daemon is None:
            return
        self._daemon.terminate()
        try:
            self._daemon.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._daemon.kill()  # its children follow
            self._daemon.wait()
        lifeline.wait_for_all(children_lock(self.settings), lifeline.GRACE + 2)

    def is_alive(self) -> bool:
        """True while the supervisor runs."""
        return self._daemon is not None and self._daemon.poll() is None

    def program(self, name: str) -> Program | None:
        """The program called `name`, when it runs here at all."""
        return next((each for each in self.programs if each.name == name), None)

    def start(self, name: str) -> None:
        """Begin to start one program; nothing happens when a server elsewhere stands in for it."""
        if (program := self.program(name)) is not None:
            self.control.start(program.full_name)

    def wait_until(self, name: str, probe: readiness.Probe, *, seconds: float) -> None:
        """Say when `name` is ready. Raises Refusal, with its log's last line, when it isn't after `seconds`."""
        if self.program(name) is None:
            return
        begun = time.monotonic()
        if not readiness.wait_for(probe, seconds=seconds, alive=self.is_alive):
            raise Refusal(f"{name} is not ready after {time.monotonic() - begun:.0f} s{self._last_words(name)}")
        self._say(f"  {name:<9} ready")

    def runs(self, name: str) -> bool:
        """True when the supervisor has seen `name` run for a second."""
        return self.control.states()[name].state == "RUNNING"

    def watch(self) -> None:
        """Return when the supervisor has ended by itself; warn on the way when the disk fills."""
        looked, warned = -DISK_LOOK, False
        while self.is_alive():
            time.sleep(PULSE)
            if time.monotonic() - looked < DISK_LOOK:
                continue
            looked = time.monotonic()
            share = disk_share(self.settings.data_dir)
            if share >= FULL and not warned:
                self._say(f"Warning: the disk of {self.settings.data_dir} is {share:.0%} full. Free some of it.")
            warned = share >= FULL

    def _last_words(self, name: str) -> str:
        path = self.settings.logs_dir / f"{name}.log"
        try:
            lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        except FileNotFoundError:
            lines = []
        return f" ({lines[-1][:300]}): {path} says more." if lines else f": {path} says why."
