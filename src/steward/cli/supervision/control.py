# SPDX-License-Identifier: Apache-2.0
"""Talking to a running supervisor over its socket."""

import xmlrpc.client
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any, cast

from supervisor.xmlrpc import SupervisorTransport

from steward.cli.refusal import Refusal

ALREADY_STARTED = 60


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor says of one program: RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL …"""

    name: str
    state: str
    pid: int
    said: str


class Control:
    """The supervisor's side of a unix socket. Every call raises Refusal when nobody answers."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def states(self) -> dict[str, State]:
        """All programs by name."""
        answer = self._call("getAllProcessInfo")
        return {each["name"]: State(each["name"], each["statename"], each["pid"], each["spawnerr"]) for each in answer}

    def start(self, full_name: str) -> None:
        """Begin to start one program; does not wait."""
        try:
            self._call("startProcess", full_name, False)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != ALREADY_STARTED:
                raise Refusal(f"{full_name} does not start: {fault.faultString}.") from None

    def stop(self, full_name: str) -> None:
        """Stop one program and wait until it has ended."""
        self._call("stopProcess", full_name, True)

    def answers(self) -> bool:
        """True when a supervisor listens."""
        try:
            self._call("getState")
        except Refusal:
            return False
        return True

    def _call(self, method: str, *arguments: object) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            proxy = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=cast(Any, transport))
            return getattr(proxy.supervisor, method)(*arguments)
        except (OSError, HTTPException) as error:
            raise Refusal(
                f"the supervisor does not answer at {self._socket} ({error}): is `steward up` running?"
            ) from None
        finally:
            transport.close()
