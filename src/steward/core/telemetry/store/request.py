# SPDX-License-Identifier: Apache-2.0
"""One HTTP request off a blocking socket, bounded in head and body."""

import socket
from collections import deque
from collections.abc import Callable
from typing import Final

import httptools

from steward.core.telemetry.store.errors import StoreError, bad_argument, too_large
from steward.core.telemetry.store.limits import Limits

_PIECE: Final = 256 << 10
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

Gate = Callable[["Request"], None]


class Request:
    """A request as it came. `refused` is set when it was turned away before its body was read."""

    __slots__ = ("_pieces", "head_size", "headers", "keep_alive", "method", "refused", "size", "url")

    def __init__(self) -> None:
        self.method = ""
        self.url = b""
        self.headers: dict[bytes, bytes] = {}  # names in lower case
        self._pieces: list[bytes] = []
        self.size = 0
        self.head_size = 0
        self.keep_alive = False
        self.refused: StoreError | None = None

    @property
    def path(self) -> bytes:
        """The part of the address before the question mark."""
        return self.url.partition(b"?")[0]

    @property
    def query_string(self) -> str:
        """The part after it, still escaped. Raises StoreError when it isn't ASCII."""
        try:
            return self.url.partition(b"?")[2].decode("ascii")
        except UnicodeDecodeError:
            raise bad_argument("The address must be ASCII with %-escapes.") from None

    def add(self, piece: bytes) -> None:
        """Keep a piece of the body."""
        self.size += len(piece)
        self._pieces.append(piece)

    def take_body(self) -> bytes:
        """The whole body; the request lets go of it."""
        pieces, self._pieces = self._pieces, []
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class RequestReader:
    """Requests of one connection, one after the other. `gate` raises StoreError for those that may not even send a body."""

    def __init__(self, sock: socket.socket, limits: Limits, gate: Gate) -> None:
        self._sock = sock
        self._limits = limits
        self._gate = gate
        self._parser = httptools.HttpRequestParser(self)
        self._ready: deque[Request] = deque()
        self._now: Request | None = None
        self._in_head = True
        self._head_bytes = 0

    def next(self) -> Request | None:
        """The next request; None when the peer has closed or kept still for too long."""
        while not self._ready:
            self._sock.settimeout(self._limits.idle if self._now is None else self._limits.pause)
            try:
                data = self._sock.recv(_PIECE)
            except TimeoutError:
                return None
            if not data:
                return None
            if broken := self._feed(data):
                return broken
            if self._now is not None and self._now.refused is not None:
                return self._turned_away(self._now, self._now.refused)
        return self._ready.popleft()

    def _feed(self, data: bytes) -> Request | None:
        if self._in_head:
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return self._turned_away(self._now or Request(), bad_argument("Upgrades are not offered here."))
        except httptools.HttpParserError as broken:
            return self._turned_away(
                self._now or Request(), bad_argument(f"This is not HTTP: {type(broken).__name__}.")
            )
        if self._in_head and self._head_bytes > self._limits.head:
            return self._turned_away(self._now or Request(), self._head_too_large())
        return None

    def _head_too_large(self) -> StoreError:
        return too_large(f"The head is over {self._limits.head} bytes.")

    @staticmethod
    def _turned_away(request: Request, reason: StoreError) -> Request:
        request.refused = reason
        request.keep_alive = False
        return request

    # Called by the parser.

    def on_message_begin(self) -> None:
        self._now = Request()
        self._in_head = True

    def on_url(self, url: bytes) -> None:
        if self._now is not None:
            self._now.url += url
            self._now.head_size += len(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._now is not None:
            self._now.headers[name.lower()] = value
            self._now.head_size += len(name) + len(value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        self._head_bytes = 0
        request = self._now
        if request is None:
            return
        request.method = self._parser.get_method().decode("ascii", "replace")
        request.keep_alive = self._parser.should_keep_alive()
        if request.head_size > self._limits.head:
            request.refused = self._head_too_large()
            return
        announced = request.headers.get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > self._limits.body:
            request.refused = too_large(f"The body is over {self._limits.body} bytes.")
            return
        try:
            self._gate(request)
        except StoreError as reason:
            request.refused = reason
            return
        if request.headers.get(b"expect", b"").lower() == b"100-continue":
            self._sock.sendall(_CONTINUE)

    def on_body(self, piece: bytes) -> None:
        request = self._now
        if request is None or request.refused is not None:
            return
        request.add(piece)
        if request.size > self._limits.body:
            request.take_body()
            request.refused = too_large(f"The body is over {self._limits.body} bytes.")

    def on_message_complete(self) -> None:
        if self._now is not None:
            self._ready.append(self._now)
        self._now = None
        self._in_head = True
