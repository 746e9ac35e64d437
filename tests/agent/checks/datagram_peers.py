# SPDX-License-Identifier: Apache-2.0
"""Peers that hear and say datagrams: as a test scripts them, or as hostile as those on connections."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import SimpleNamespace

from tests.agent.checks.peers import MOST_S, Talk

Answer = Callable[[bytes], list[bytes]]
LARGEST = 60_000


class DatagramPeer:
    """`heard` are the questions."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        sock.settimeout(0.05)
        self.port = int(sock.getsockname()[1])
        self.over = Event()
        self.heard: list[bytes] = []
        # As a peer on connections counts; the system throws away what nobody hears.
        self.sent = 0

    def serve(self, answer: Callable[[bytes, tuple[str, int]], None]) -> None:
        while not self.over.is_set():
            try:
                datagram, sender = self.sock.recvfrom(65_535)
            except TimeoutError:
                continue
            except OSError:
                return
            self.heard.append(datagram)
            Thread(target=answer, args=(datagram, sender), daemon=True).start()


@contextmanager
def datagram_peer(answer: Answer, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[DatagramPeer]:
    """A peer that sends to whoever asked what `answer` makes of it."""

    def say(datagram: bytes, sender: tuple[str, int]) -> None:
        for each in answer(datagram):
            with suppress(OSError):
                made.sock.sendto(each, sender)

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((host, port))
        made = DatagramPeer(sock)
        Thread(target=made.serve, args=(say,), daemon=True).start()
        try:
            yield made
        finally:
            made.over.set()


@contextmanager
def hostile_datagrams(talk: Talk) -> Iterator[DatagramPeer]:
    """A peer that says in datagrams what `talk` would say on a connection."""

    def say(datagram: bytes, sender: tuple[str, int]) -> None:
        until = time.monotonic() + MOST_S
        with suppress(OSError):
            talk(_AsLine(made, sender, datagram, until))  # type: ignore[arg-type]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        made = DatagramPeer(sock)
        Thread(target=made.serve, args=(say,), daemon=True).start()
        try:
            yield made
        finally:
            made.over.set()


class _AsLine:
    """What a talk asks of its line, by datagrams to one sender."""

    def __init__(self, peer: DatagramPeer, sender: tuple[str, int], asked: bytes, until: float) -> None:
        self.peer = peer
        self.sock = SimpleNamespace(setsockopt=lambda *_: None)
        self._sender, self._asked, self._until = sender, asked, until

    def say(self, content: bytes) -> None:
        for at in range(0, len(content), LARGEST):
            self.peer.sock.sendto(content[at : at + LARGEST], self._sender)

    def hear(self) -> bytes:
        return self._asked

    def wait(self, seconds: float) -> None:
        self.peer.over.wait(seconds)

    @property
    def goes_on(self) -> bool:
        return not self.peer.over.is_set() and time.monotonic() < self._until
