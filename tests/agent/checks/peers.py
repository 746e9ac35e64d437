# SPDX-License-Identifier: Apache-2.0
"""Peers on real sockets that do what a test tells them, however hostile."""

import socket
import ssl
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

# Even a peer without an end has one here: a look that would wait for it fails its test instead of hanging it.
MOST_S = 20.0

Talk = Callable[["Line"], None]

# What a peer can get rid of into buffers of the system before the other side has read anything.
SYSTEM_BUFFERS = 8 * 1024 * 1024


class Line:
    """One connection of a peer: counts what went out, ends when the test does."""

    def __init__(self, peer: "Peer", sock: socket.socket) -> None:
        self.peer = peer
        self.sock = sock
        self._until = time.monotonic() + MOST_S

    def say(self, content: bytes) -> None:
        self.sock.sendall(content)
        self.peer.sent += len(content)

    def hear(self) -> bytes:
        """The head of a request, or what came before the other side fell silent."""
        heard = b""
        while b"\r\n\r\n" not in heard:
            part = self.sock.recv(65536)
            if not part:
                break
            heard += part
        self.peer.heard.append(heard)
        return heard

    def wait(self, seconds: float) -> None:
        """Until the other side is gone, the test is over, or so many seconds."""
        self.sock.settimeout(0.05)
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.peer.over.is_set():
            try:
                if not self.sock.recv(65536):
                    return
            except TimeoutError:
                continue

    @property
    def goes_on(self) -> bool:
        return not self.peer.over.is_set() and time.monotonic() < self._until


class Peer:
    """`heard` are the requests, `sent` the bytes, `lines` the connections taken."""

    def __init__(self, talk: Talk, listener: socket.socket, context: ssl.SSLContext | None = None) -> None:
        self.talk = talk
        self.over = Event()
        self.heard: list[bytes] = []
        self.sent = 0
        self.lines = 0
        self.port = int(listener.getsockname()[1]) if listener.family != socket.AF_UNIX else 0
        self._listener = listener
        self._context = context
        Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.lines += 1
            Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        sock.settimeout(20)
        with suppress(OSError, ssl.SSLError), sock:
            if self._context is None:
                self.talk(Line(self, sock))
                return
            with self._context.wrap_socket(sock, server_side=True) as secured:
                self.talk(Line(self, secured))

    def close(self) -> None:
        self.over.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@contextmanager
def peer(
    talk: Talk, *, context: ssl.SSLContext | None = None, at: Path | None = None, host: str = "127.0.0.1"
) -> Iterator[Peer]:
    """A peer on a free port of this host, or on the unix socket `at`."""
    with ExitStack() as stack:
        if at is not None:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            listener.bind(str(at))
            listener.listen(16)
        else:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listener = socket.create_server((host, 0), family=family)
        made = Peer(talk, listener, context)
        stack.callback(made.close)
        yield made


def answering(body: bytes = b"hello", status: str = "200 OK", *headers: str) -> Talk:
    """A web server that always says the same."""
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]).encode("latin-1")

    def talk(line: Line) -> None:
        asked = line.hear()
        line.say(head + (b"" if asked.startswith(b"HEAD") else body))

    return talk


def saying(content: bytes) -> Talk:
    """Says `content` to whoever has asked something, then ends."""

    def talk(line: Line) -> None:
        line.hear()
        line.say(content)

    return talk


# ── hostile ──


def endless(line: Line) -> None:
    """A sane head, then a body without an end, as fast as it goes."""
    line.say(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n")
    while line.goes_on:
        line.say(b"A" * 65536)


def endless_chunks(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while line.goes_on:
        line.say(b"1\r\nA\r\n" * 8192)


def endless_line(line: Line) -> None:
    while line.goes_on:
        line.say(b"A" * 65536)


def endless_continue(line: Line) -> None:
    while line.goes_on:
        line.say(b"HTTP/1.1 100 Continue\r\n\r\n" * 2048)


def huge_headers(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\n")
    while line.goes_on:
        line.say(b"X-Padding: " + b"x" * 60_000 + b"\r\n")


def many_headers(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\n")
    while line.goes_on:
        line.say(b"A: b\r\n" * 1000)


def drip(line: Line) -> None:
    """One byte now and then, for ever: each read succeeds, none ends."""
    line.say(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while line.goes_on:
        line.say(b"z")
        line.peer.over.wait(0.02)


def drip_body(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while line.goes_on:
        line.say(b"z")
        line.peer.over.wait(0.02)


def silent(line: Line) -> None:
    line.wait(30)


def gone(line: Line) -> None:
    return


def reset(line: Line) -> None:
    line.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def redirect_loop(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n")


def redirect_nowhere(line: Line) -> None:
    line.hear()
    line.say(b"HTTP/1.1 302 Found\r\nLocation: gopher://[::1/\xff\x00\r\n\r\n")


def garbage(line: Line) -> None:
    noise = bytes(range(256)) * 64
    line.say(noise)
    line.wait(0.2)


def garbage_headers(line: Line) -> None:
    line.say(
        b"HTTP/1.1 200 \xff\xfe\r\nContent-Length: -"
        + b"9" * 5000
        + b"\r\nTransfer-Encoding: \x00\r\n: \r\n\x80\r\n\r\n"
    )
    line.wait(0.2)


def garbage_chunks(line: Line) -> None:
    line.say(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 70_000 + b"\r\n")
    line.wait(0.2)


def claims_much(line: Line) -> None:
    """Announces more than there is memory: of HTTP, and of a message on the bus."""
    line.say(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nOK 0\r\nl\2\0\1" + b"\xff" * 12)
    line.wait(0.2)


def bus_flood(line: Line) -> None:
    """Lets in, then says nothing but messages nobody asked for."""
    line.say(b"OK 0123456789abcdef0123456789abcdef\r\n")
    message = b"l\4\1\1" + struct.pack("<III", 0, 1, 0)
    while line.goes_on:
        line.say(message * 4096)


def bus_drip(line: Line) -> None:
    line.say(b"OK 0\r\n")
    for byte in b"l\2\0\1" + struct.pack("<III", 60_000, 1, 0) + bytes(60_000):
        if not line.goes_on:
            return
        line.say(bytes((byte,)))
        line.peer.over.wait(0.02)


HOSTILE: tuple[Talk, ...] = (
    endless,
    endless_chunks,
    endless_line,
    endless_continue,
    huge_headers,
    many_headers,
    drip,
    drip_body,
    silent,
    gone,
    reset,
    redirect_loop,
    redirect_nowhere,
    garbage,
    garbage_headers,
    garbage_chunks,
    claims_much,
    bus_flood,
    bus_drip,
)
