# SPDX-License-Identifier: Apache-2.0
"""Answers: whole ones, chunked ones, and an error in the middle of a stream."""

import secrets
import socket
from collections.abc import Iterable
from typing import Final

from steward.core.telemetry.store.errors import StoreError

Headers = Iterable[tuple[str, str]]

_REASONS: Final = {
    200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 408: "Request Timeout", 409: "Conflict",
    413: "Content Too Large", 500: "Internal Server Error", 503: "Service Unavailable", 507: "Insufficient Storage",
}  # fmt: skip
_JOINED: Final = 64 << 10  # below this one copy is cheaper than a second system call


def _head(status: int, headers: Headers, *, keep_alive: bool) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}",
        "Server: steward-store",
        "X-ClickHouse-Timezone: UTC",
    ]
    if not keep_alive:
        lines.append("Connection: close")
    lines += [f"{name}: {_one_line(value)}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8")


def _one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")


def send_whole(sock: socket.socket, status: int, headers: Headers, body: bytes, *, keep_alive: bool) -> None:
    """One answer with its length."""
    head = _head(status, [*headers, ("Content-Length", str(len(body)))], keep_alive=keep_alive)
    if len(body) < _JOINED:
        sock.sendall(head + body)
        return
    sock.sendall(head)
    sock.sendall(body)


def send_error(sock: socket.socket, error: StoreError, query_id: str, *, keep_alive: bool) -> None:
    """An error before anything else was sent."""
    headers = [
        ("X-ClickHouse-Exception-Code", str(error.code)),
        ("X-ClickHouse-Query-Id", query_id),
        ("Content-Type", "text/plain; charset=UTF-8"),
    ]
    send_whole(sock, error.status, headers, f"{error}\n".encode(), keep_alive=keep_alive)


class Stream:
    """A chunked answer. Its exception tag lets the client tell an error from data."""

    def __init__(self, sock: socket.socket, headers: Headers, *, keep_alive: bool) -> None:
        self._sock = sock
        self._tag = secrets.token_hex(8)
        own = [*headers, ("X-ClickHouse-Exception-Tag", self._tag), ("Transfer-Encoding", "chunked")]
        sock.sendall(_head(200, own, keep_alive=keep_alive))

    def write(self, piece: bytes) -> None:
        """Send one piece; an empty one would end the stream and is skipped."""
        if not piece:
            return
        if len(piece) < _JOINED:
            self._sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
            return
        self._sock.sendall(b"%x\r\n" % len(piece))
        self._sock.sendall(piece)
        self._sock.sendall(b"\r\n")

    def finish(self) -> None:
        """End the stream."""
        self._sock.sendall(b"0\r\n\r\n")

    def fail(self, error: StoreError) -> None:
        """End the stream with an error in the form that ClickHouse's clients look for."""
        text = f"{error}\n"
        mark = f"\r\n__exception__\r\n{self._tag}\r\n{text}{len(text.encode())} {self._tag}\r\n__exception__\r\n"
        self.write(mark.encode())
        self.finish()
