# SPDX-License-Identifier: Apache-2.0
"""From a plain connection to the moment where TLS may begin: SMTP (RFC 3207), IMAP (RFC 9051, 6.2.1), POP3 (RFC 2595), FTP (RFC 4217)."""

import io
import re
import socket
from collections.abc import Callable
from typing import Final, Literal

from steward_agent.checks.observation import CLOSED, end
from steward_agent.checks.visit import Incoming, TooMuch, Visit

Protocol = Literal["smtp", "imap", "pop3", "ftp"]

PHASE: Final = "starttls"
MAX_BYTES: Final = 16 * 1024
# RFC 2606: nobody's name, and it says so; servers want one with a dot.
_OURS: Final = b"steward-check.invalid"


class Unwilling(Exception):
    """The peer does not begin TLS; `said` is the line in which it says so, or what it says instead of its protocol."""

    def __init__(self, said: bytes) -> None:
        super().__init__()
        self.said = said.decode("utf-8", "replace").strip()


class _Talk:
    """Lines to and fro, as long as there is time and room."""

    def __init__(self, visit: Visit, sock: socket.socket) -> None:
        self._visit = visit
        self._sock = sock
        self._incoming = Incoming(visit, sock, MAX_BYTES, PHASE)
        self._lines = io.BufferedReader(self._incoming)

    def ask(self, line: bytes) -> None:
        self._visit.send(self._sock, line + b"\r\n", PHASE)

    def line(self) -> bytes:
        try:
            found = self._lines.readline(MAX_BYTES)
        except TooMuch:
            raise Unwilling(b"") from None
        if not found:
            end(CLOSED, phase=PHASE)
        return found


def begin(protocol: Protocol, visit: Visit, sock: socket.socket) -> None:
    """Everything before the first byte of TLS. Ends the look when time is over or the peer is gone.

    Raises:
        Unwilling
    """
    _PROTOCOLS[protocol](_Talk(visit, sock))


def _smtp(talk: _Talk) -> None:
    _reply(talk, b"220")
    talk.ask(b"EHLO " + _OURS)
    _reply(talk, b"250")
    talk.ask(b"STARTTLS")
    _reply(talk, b"220")


def _ftp(talk: _Talk) -> None:
    _reply(talk, b"220")
    talk.ask(b"AUTH TLS")
    _reply(talk, b"234")


def _reply(talk: _Talk, wanted: bytes) -> None:
    """Of SMTP and FTP: `220-more`, until `220 last`. Lines between of FTP may look like anything."""
    first = line = talk.line()
    if not re.match(wanted + rb"(?:[ -]|\r?\n)", first):
        raise Unwilling(first)
    while line.startswith(wanted + b"-") or not line.startswith(wanted):
        line = talk.line()


def _imap(talk: _Talk) -> None:
    greeting = talk.line()
    if not greeting.upper().startswith((b"* OK", b"* PREAUTH")):
        raise Unwilling(greeting)
    talk.ask(b"a1 STARTTLS")
    line = talk.line()
    while line.startswith(b"* "):
        line = talk.line()
    if not line.upper().startswith(b"A1 OK"):
        raise Unwilling(line)


def _pop3(talk: _Talk) -> None:
    for asked in (None, b"STLS"):
        if asked is not None:
            talk.ask(asked)
        line = talk.line()
        if not line.startswith(b"+OK"):
            raise Unwilling(line)


_PROTOCOLS: Final[dict[str, Callable[[_Talk], None]]] = {"smtp": _smtp, "imap": _imap, "pop3": _pop3, "ftp": _ftp}
