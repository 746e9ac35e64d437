# SPDX-License-Identifier: Apache-2.0
"""Answers as bytes, ready to be written."""

from collections.abc import Callable
from email.utils import formatdate
from http import HTTPStatus

from steward_agent.protocol.refusals import STATUS, Refusal, refusal_body

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"
HEADER_SERVER_TIME = "X-Steward-Time"
# Fixed parts, so that nothing of the request ever reaches an answer's head.
_BROKEN = {413: Refusal.TOO_LARGE, 431: Refusal.TOO_LARGE, 503: Refusal.BUSY}
_SAFE = "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"


def answer(status: int, body: bytes, content_type: str, *, headers: str = "", close: bool = False) -> bytes:
    """A whole answer. `headers` are further lines, each ended by CRLF."""
    closing = "Connection: close\r\n" if close else ""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"{_SAFE}{headers}{closing}\r\n"
    )
    return head.encode("ascii") + body


def ids_answer(ids: bytes) -> bytes:
    """The ids of registered series."""
    return answer(200, ids, "application/octet-stream")


def msgpack_answer(body: bytes) -> bytes:
    """A msgpack document."""
    return answer(200, body, "application/msgpack")


def text_answer(status: int, text: str) -> bytes:
    """A line for a person or a probe."""
    return answer(status, text.encode(), "text/plain; charset=utf-8")


def refused(code: Refusal, message: str, *, retry_after: int | None = None, server_time_ms: int | None = None) -> bytes:
    """A refusal of the protocol. `retry_after` in seconds; `server_time_ms` tells a clock by how much it is wrong."""
    headers = "" if retry_after is None else f"Retry-After: {retry_after}\r\n"
    if server_time_ms is not None:
        headers += f"{HEADER_SERVER_TIME}: {server_time_ms}\r\n"
    return answer(STATUS[code], refusal_body(code, message), "application/json", headers=headers)


def stored(set_aside: dict[str, int]) -> bytes:
    """Everything of the batch is durable; what was set aside is named, so that an operator can see it at the agent too."""
    if not set_aside:
        return NO_CONTENT
    told = ", ".join(f"{reason}={count}" for reason, count in sorted(set_aside.items()))
    return f"HTTP/1.1 204 No Content\r\nX-Steward-Set-Aside: {told}\r\n\r\n".encode("ascii")


def broken(status: int, message: str) -> bytes:
    """To a request that is not even HTTP as we take it; the connection ends with it."""
    code = _BROKEN.get(status, Refusal.MALFORMED)
    return answer(status, refusal_body(code, message), "application/json", close=True)


class Dates:
    """Puts the server's time into answers: agents measure their own clocks by it. Written anew once a second."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second = 0
        self._line = b""

    def put(self, content: bytes) -> bytes:
        """The answer with its `Date`."""
        second = int(self._clock())
        if second != self._second:
            self._second = second
            self._line = f"\r\nDate: {formatdate(second, usegmt=True)}\r\n".encode("ascii")
        return content.replace(b"\r\n", self._line, 1)
