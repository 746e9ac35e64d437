# SPDX-License-Identifier: Apache-2.0
"""Checks that ask the machine they run on instead of a peer: a specimen of each, and what it looks through."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import Any

from steward_agent.checking import Checking
from steward_agent.checks.machine import Machine, Plugins
from steward_agent.checks.place import Place

# As in test_contract.py; no port is used.
OWN: dict[str, Callable[[int], dict[str, Any]]] = {
    "backup_age": lambda port: {"path": "/never/there/*.done"},
    "file": lambda port: {"path": "/never/there/*.log"},
    "plugin": lambda port: {"plugin": "true"},
    "process": lambda port: {"command": "never there"},
    "reboot": lambda port: {},
}
# A function of the system without which the check sees nothing at all.
THROUGH: dict[str, str] = {
    "backup_age": "steward_agent.checks.paths.os.scandir",
    "file": "steward_agent.checks.paths.os.scandir",
    "plugin": "steward_agent.checks.child.subprocess.Popen",
    "process": "steward_agent.checks.process.psutil.pids",
    "reboot": "steward_agent.checks.reboot.os.uname",
}


def allowing(**named: Any) -> Place:
    """A place whose owner allows what the specimens want."""
    return Place(machine=Machine(plugins=Plugins(("/usr/bin",), ("true",))), **named)


@contextmanager
def looking(checking: Checking) -> Iterator[None]:
    """`checking` at work, for as long as the test needs it."""
    stop = Event()
    thread = Thread(target=checking.run, args=(stop,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        checking.poke()
        thread.join(10)
    assert not thread.is_alive()
