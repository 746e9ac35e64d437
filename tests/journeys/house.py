# SPDX-License-Identifier: Apache-2.0
"""A whole Steward of a test's own: `steward up` on a fresh data directory, as an operator would start it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.waiting import eventually

START_SECONDS = 120.0
STOP_SECONDS = 15.0


@dataclass
class House:
    """A running Steward: its data, its port, its first account."""

    data_dir: Path
    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def first_account(self) -> tuple[str, str]:
        """E-mail and one-time password, as left for the operator."""
        email, password = (self.data_dir / "first-password").read_text().split()
        return email, password

    def ready(self) -> dict[str, Any]:
        """What /readyz says; {} when nobody answers."""
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            caller.request("GET", "/readyz", headers={"Host": f"localhost:{self.port}"})
            return dict(json.loads(caller.getresponse().read()))
        except (OSError, ValueError, http.client.HTTPException):
            return {}
        finally:
            caller.close()

    def is_ready(self) -> bool:
        return self.ready().get("ready") is True

    def processes(self, word: str) -> list[psutil.Process]:
        """The living processes of one of the commands, such as "gateway"."""
        found = []
        for each in [self.process_tree(), *self.process_tree().children(recursive=True)]:
            with contextlib.suppress(psutil.Error):
                command = each.cmdline()
                if each.status() != psutil.STATUS_ZOMBIE and (
                    word in command or (word == "postgres" and each.name() == "postgres")
                ):
                    found.append(each)
        return found

    def process_tree(self) -> psutil.Process:
        return psutil.Process(self.process.pid)

    def log(self) -> str:
        """The last words of every log, for a failure's message."""
        logs = sorted((self.data_dir / "logs").glob("*.log"))
        return "\n".join(f"== {path.name}\n{path.read_text(errors='replace')[-1500:]}" for path in logs)


def free_ports(count: int = 3) -> int:
    """The first of `count` neighbouring ports that nobody listens on."""
    for first in range(20000 + os.getpid() % 8000, 60000, count):
        with contextlib.ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(contextlib.closing(socket.socket())).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first
    raise AssertionError("no free ports")


def start(data_dir: Path, port: int, **more: str) -> House:
    """Start and wait until every part is up."""
    # The run's own settings must not reach the house, which makes its own.
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("STEWARD_", "DJANGO_"))}
    environment = {**clean, "STEWARD_DATA_DIR": str(data_dir), "STEWARD_PORT": str(port), **more}
    with (data_dir.parent / f"{data_dir.name}.out").open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "steward.cli.main", "up"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    house = House(data_dir, port, process)
    try:
        eventually(lambda: process.poll() is not None or house.is_ready(), seconds=START_SECONDS, what="the start")
        assert process.poll() is None, out_of(house)
    except AssertionError:
        said = f"{out_of(house)}\n{house.ready()}\n{house.log()}"
        stop(house)
        raise AssertionError(said) from None
    return house


def out_of(house: House) -> str:
    """What `steward up` printed."""
    return (house.data_dir.parent / f"{house.data_dir.name}.out").read_text(errors="replace")[-4000:]


def stop(house: House) -> None:
    """End it as Ctrl-C would; hard when it does not listen."""
    if house.process.poll() is not None:
        return
    house.process.send_signal(signal.SIGTERM)
    try:
        house.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        house.process.kill()
        house.process.wait(STOP_SECONDS)


@contextlib.contextmanager
def running(data_dir: Path, **more: str) -> Iterator[House]:
    """A house for the time of a block."""
    house = start(data_dir, free_ports(), **more)
    try:
        yield house
    finally:
        stop(house)
