# SPDX-License-Identifier: Apache-2.0
"""The listener: one blocking thread per connection, a bound on their number, an orderly end."""

import contextlib
import logging
import selectors
import socket
import threading
import time
from typing import Final

from steward.core.telemetry.store.call import check_password, understand
from steward.core.telemetry.store.errors import StoreError, from_engine, stopping
from steward.core.telemetry.store.execute import Executor, Reply
from steward.core.telemetry.store.limits import Limits
from steward.core.telemetry.store.request import Request, RequestReader
from steward.core.telemetry.store.response import send_error, send_whole

log = logging.getLogger(__name__)

_DRAIN: Final = 1.0
_RESTED: Final = 2.0  # seconds without a request after which a connection may be ended for another
_FULL: Final = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Peer:
    """One connection and its thread's work."""

    def __init__(self, server: "Server", sock: socket.socket) -> None:
        self._server = server
        self._sock = sock
        self.busy = False
        self.idle_since = time.monotonic()

    def run(self) -> None:
        """Answer requests until the peer, a time limit or the store ends it."""
        reader = RequestReader(self._sock, self._server.limits, self._server.gate)
        try:
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while (request := reader.next()) is not None:
                self.busy = True
                self._answer(request)
                self.busy = False
                self.idle_since = time.monotonic()
                if request.refused is not None:
                    self._drain()
                if not request.keep_alive or self._server.stopping.is_set():
                    return
        except OSError:
            pass  # the peer is gone, which is its right
        finally:
            self.busy = False
            self._server.forget(self)
            self._sock.close()

    def wake(self) -> None:
        """End the wait for a next request."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RD)

    def _answer(self, request: Request) -> None:
        self._sock.settimeout(self._server.limits.pause)
        query_id = ""
        try:
            if request.refused is not None:
                raise request.refused
            if request.path in (b"/ping", b"/") and not request.query_string and not request.size:
                send_whole(self._sock, 200, [("Content-Type", "text/plain")], b"Ok.\n", keep_alive=request.keep_alive)
                return
            call = understand(request, self._server.limits)
            query_id = call.query_id
            if self._server.stopping.is_set():
                raise stopping()
            self._server.executor.run(call, Reply(self._sock, request.keep_alive))
        except OSError:
            raise
        except Exception as failure:
            error = from_engine(failure)
            if not isinstance(failure, StoreError):
                log.exception("a request failed inside the store")
            send_error(self._sock, error, query_id, keep_alive=request.keep_alive)

    def _drain(self) -> None:
        # Closing with unread bytes resets the connection, and the peer would never see why it was turned away.
        self._sock.shutdown(socket.SHUT_WR)
        self._sock.settimeout(_DRAIN)
        end = time.monotonic() + _DRAIN
        while time.monotonic() < end and self._sock.recv(1 << 20):
            pass


class Server:
    """Accepts connections until `stop` is called."""

    def __init__(self, executor: Executor, password: str, limits: Limits, port: int) -> None:
        self.executor = executor
        self.limits = limits
        self.stopping = threading.Event()
        self._password = password
        self._lock = threading.Lock()
        self._peers: set[_Peer] = set()
        self._listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self._waker, self._wakee = socket.socketpair()
        self.port: int = self._listener.getsockname()[1]

    def gate(self, request: Request) -> None:
        """Turn strangers away before their body is read."""
        if request.path != b"/ping":
            check_password(request, self._password)

    def forget(self, peer: _Peer) -> None:
        """A connection has ended."""
        with self._lock:
            self._peers.discard(peer)

    def stop(self) -> None:
        """Take no more connections; safe to call from a signal handler."""
        self.stopping.set()
        self._waker.send(b"x")

    def accept_until_stopped(self) -> None:
        """The main loop; also forgets old sessions."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._listener, selectors.EVENT_READ)
            waiting.register(self._wakee, selectors.EVENT_READ)
            while not self.stopping.is_set():
                for key, _ in waiting.select(timeout=5.0):
                    if key.fileobj is self._listener:
                        self._accept()
                self.executor.sessions.sweep()
        self._listener.close()

    def finish(self) -> bool:
        """Let requests under way end, for `grace` seconds; then have the engine stop them. True when all of them ended."""
        if self._ended_within(self.limits.grace):
            return True
        self.executor.cancel_all()
        return self._ended_within(1.0)

    def _ended_within(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while True:
            with self._lock:
                peers = list(self._peers)
            for peer in peers:
                if not peer.busy:
                    peer.wake()
            if not peers:
                return True
            if time.monotonic() >= end:
                return False
            time.sleep(0.02)

    def _admit(self, peer: _Peer) -> bool:
        """Make room by ending the connection that has rested longest; False when all of them are at work."""
        with self._lock:
            if len(self._peers) >= self.limits.connections:
                rested = time.monotonic() - _RESTED
                idle = [each for each in self._peers if not each.busy and each.idle_since < rested]
                if not idle:
                    return False
                longest = min(idle, key=lambda each: each.idle_since)
                self._peers.discard(longest)
                longest.wake()
            self._peers.add(peer)
            return True

    def _accept(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError:
            return
        peer = _Peer(self, sock)
        if not self._admit(peer):
            with contextlib.suppress(OSError), sock:
                sock.settimeout(1.0)
                sock.sendall(_FULL)
            return
        threading.Thread(target=peer.run, daemon=True, name="store-connection").start()
