# SPDX-License-Identifier: Apache-2.0
"""One look by one check: its deadline, its connections, what it measured so far."""

import errno
import io
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from steward_agent.checks.observation import (
    ADDRESS_FORBIDDEN,
    CLOSED,
    NAME_NOT_FOUND,
    NO_ROUTE,
    OUT_OF_TIME,
    PLACE_TROUBLE,
    REFUSED,
    RESOLVER_TROUBLE,
    TIMEOUT,
    UNREACHABLE,
    Ended,
    end,
)
from steward_agent.checks.place import Address, NameUnknown, NoAnswer, Place
from steward_agent.protocol.results import Verdict

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_NO_ROUTE = {errno.ENETUNREACH, errno.ENETDOWN, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}
_UNREACHABLE = {errno.EHOSTUNREACH, errno.EHOSTDOWN}
_CUT = {errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED, errno.ENOTCONN, errno.ESHUTDOWN}


class Visit:
    """Everything a check may use of a place. Sockets are closed by `close`, whatever happened."""

    def __init__(self, place: Place, timeout_s: float) -> None:
        self.place = place
        self.measured: dict[str, float] = {}
        self.labelled: dict[str, dict[str, float]] = {}
        self.timeout_s = timeout_s
        self._began = place.clock()
        self._known: dict[str, list[Address]] = {}
        self._sockets: list[socket.socket] = []

    def passed(self) -> float:
        """Seconds since the look began."""
        return self.place.clock() - self._began

    def remaining(self) -> float:
        """Seconds until it must be over; 0 or less when it must."""
        return self.timeout_s - self.passed()

    def left(self, phase: str) -> float:
        """The same, above 0; the look ends with a timeout in `phase` otherwise."""
        seconds = self.remaining()
        if seconds <= 0:
            end(TIMEOUT, phase=phase, seconds=float(self.timeout_s))
        return seconds

    def own_left(self) -> float:
        """As `left`, where only the place itself is asked: that it is slow says nothing of what is looked at."""
        seconds = self.remaining()
        if seconds <= 0:
            end(OUT_OF_TIME, seconds=float(self.timeout_s))
        return seconds

    def keep(self, sock: socket.socket) -> socket.socket:
        """Closes `sock` at the end."""
        self._sockets.append(sock)
        return sock

    def close(self) -> None:
        for sock in self._sockets:
            with suppress(OSError):
                sock.close()
        self._sockets.clear()

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection to one of the host's addresses that the place allows, tried in order, each with its share of the time.

        Ends the look when there is none.
        """
        allowed = self.allowed(host)
        why: Ended | None = None
        for index, address in enumerate(allowed):
            try:
                return self.connect_to(address, port, self.left("connect") / (len(allowed) - index))
            except Ended as ended:
                # What was learnt of the peer counts for more than what this place lacks.
                if why is None or why.reason.verdict is Verdict.UNKNOWN:
                    why = ended
        assert why is not None
        raise why

    def allowed(self, host: str) -> list[Address]:
        """The host's addresses that the place allows, in the resolver's order. Ends the look when there is none."""
        if host not in self._known:
            try:
                self._known[host] = self.place.addresses(host, self.remaining())
            except NameUnknown:
                end(NAME_NOT_FOUND, host=host)
            except NoAnswer:
                end(RESOLVER_TROUBLE, host=host)
        found = self._known[host]
        allowed = [address for address in found if self.place.allows(address)]
        if not allowed:
            end(ADDRESS_FORBIDDEN, host=host, address=str(found[0]))
        return allowed

    def connect_to(
        self, address: Address, port: int, seconds: float, kind: socket.SocketKind = socket.SOCK_STREAM
    ) -> socket.socket:
        """A connection to an address that the place was asked about, or its own; of datagrams, what says where they go."""
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with self.reaching(address, port):
            sock = self.keep(socket.socket(family, kind))
            sock.settimeout(max(seconds, 0.001))
            sock.connect((str(address), port))
        return sock

    @contextmanager
    def reaching(self, address: Address, port: int) -> Iterator[None]:
        """What the network says inside of the way to an address ends the look."""
        try:
            yield
        except TimeoutError:
            end(TIMEOUT, phase="connect", seconds=float(self.timeout_s))
        except OSError as error:
            at: dict[str, str | int] = {"address": str(address), "port": port}
            if error.errno == errno.ECONNREFUSED:
                end(REFUSED, **at)
            if error.errno in _UNREACHABLE:
                end(UNREACHABLE, **at)
            if error.errno in _NO_ROUTE:
                end(NO_ROUTE, **at)
            raise

    def send(self, sock: socket.socket, content: bytes, phase: str) -> None:
        """All of `content`, in time."""
        with self.talking(phase):
            sock.settimeout(self.left(phase))
            sock.sendall(content)

    @contextmanager
    def talking(self, phase: str) -> Iterator[None]:
        """A timeout and a cut inside end the look, naming `phase`."""
        try:
            yield
        except TimeoutError:
            end(TIMEOUT, phase=phase, seconds=float(self.timeout_s))
        except OSError as error:
            if error.errno in _CUT:
                end(CLOSED, phase=phase)
            raise


class TooMuch(Exception):
    """The peer sent more than there is room for."""


class Incoming(io.RawIOBase):
    """What a peer sends, for as long as the look lasts and as long as there is room: both are asked before every read."""

    def __init__(self, visit: Visit, sock: socket.socket, room: int, phase: str) -> None:
        super().__init__()
        self.room = room
        self.phase = phase
        self._visit = visit
        self._sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Raises TooMuch, or ends the look."""
        if self.room <= 0:
            raise TooMuch
        view = memoryview(buffer)[: self.room]
        with self._visit.talking(self.phase):
            self._sock.settimeout(self._visit.left(self.phase))
            count = self._sock.recv_into(view)
        self.room -= count
        return count


def trouble(error: OSError) -> Ended:
    """How a look ends when the place's own system refuses."""
    return Ended(PLACE_TROUBLE, error=errno.errorcode.get(error.errno or 0, type(error).__name__))
