# SPDX-License-Identifier: Apache-2.0
"""A question by UDP: asked twice, since one of the two may be lost, and answered by whoever was asked."""

import socket
from collections.abc import Callable
from typing import TypeVar

from steward_agent.checks.observation import TIMEOUT, Ended
from steward_agent.checks.place import Address
from steward_agent.checks.visit import Visit

PHASE = "answer"
MAX_BYTES = 4096
# Beyond these, what comes is noise, and not worth the time of this machine.
MAX_FOREIGN = 64
# As long as the first question is waited for where there is time; resolvers wait 1 to 5 s.
PATIENCE_S = 2.0

Answer = TypeVar("Answer")


class Noise(Exception):
    """Many datagrams came from there, and none was an answer."""


def ask(
    visit: Visit,
    address: Address,
    port: int,
    seconds: float,
    make: Callable[[], bytes],
    read: Callable[[bytes], Answer | None],
) -> Answer:
    """What `read` makes of the first datagram from there that it does not answer with None, within `seconds`.

    `make` gives the question anew each time. Ends the look where nobody answers, or the network says that nobody can.

    Raises:
        Noise
    """
    sock = visit.connect_to(address, port, seconds, socket.SOCK_DGRAM)
    over = visit.passed() + seconds
    foreign = 0
    for until in (visit.passed() + min(PATIENCE_S, seconds / 2), over):
        with visit.reaching(address, port):
            sock.send(make())
        while (datagram := _heard(visit, sock, address, port, until)) is not None:
            found = read(datagram)
            if found is not None:
                return found
            foreign += 1
            if foreign >= MAX_FOREIGN:
                raise Noise
    raise Ended(TIMEOUT, phase=PHASE, seconds=float(visit.timeout_s))


def _heard(visit: Visit, sock: socket.socket, address: Address, port: int, until: float) -> bytes | None:
    """The next datagram; None when `until`, in seconds since the look began, has come."""
    left = until - visit.passed()
    if left <= 0:
        return None
    with visit.reaching(address, port):
        sock.settimeout(left)
        try:
            return sock.recv(MAX_BYTES)
        except TimeoutError:
            return None
