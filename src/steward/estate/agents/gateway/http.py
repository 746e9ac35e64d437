# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 as far as the gateway needs it, and not one byte more: no chunks, no folding, no bare line feeds, no two lengths.

Whatever could be read in two ways by a proxy and by us is refused, since that is what request smuggling is made of."""

import re
from dataclasses import dataclass

MAX_HEAD_BYTES = 8 * 1024
MAX_HEADERS = 40
MAX_BODY_BYTES = 4 * 1024 * 1024
HEAD_END = b"\r\n\r\n"

_REQUEST_LINE = re.compile(rb"(GET|POST) (/[!-~]{0,1024}) HTTP/1\.1")
_HEADER = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[!-~](?:[ -~\t]*[!-~])?)?)[ \t]*")
_METHOD = re.compile(rb"[A-Z]{1,16} [!-~]+ HTTP/1\.[01]")
_LENGTH = re.compile(r"(?:0|[1-9][0-9]{0,9})")


class BadRequest(Exception):
    """A request that can't be taken. The connection is closed after the answer: what follows can't be trusted, or not be held."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body. `headers` has lower-case names; `length` is the body's, in bytes."""

    method: str
    path: str
    headers: dict[str, str]
    length: int
    keep_alive: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request."""

    head: Head
    body: bytes


def read_head(raw: bytes) -> Head:
    """What stands before the blank line (itself not included).

    Raises:
        BadRequest: 400, 405, 411, 413, 417, 431 or 505, saying what is wrong.
    """
    line, *rest = raw.split(b"\r\n")
    method, path = _request_line(line)
    if len(rest) > MAX_HEADERS:
        raise BadRequest(431, f"more than {MAX_HEADERS} headers")
    headers: dict[str, str] = {}
    for each in rest:
        found = _HEADER.fullmatch(each)
        if found is None:
            raise BadRequest(400, "a header is malformed")
        name = found[1].decode("ascii").lower()
        if name in headers:
            raise BadRequest(400, f"header {name} is given twice")
        headers[name] = found[2].decode("ascii")
    if "host" not in headers:
        raise BadRequest(400, "header host is missing")
    return Head(method, path, headers, _length(method, headers), headers.get("connection", "").lower() != "close")


def _request_line(line: bytes) -> tuple[str, str]:
    found = _REQUEST_LINE.fullmatch(line)
    if found is not None:
        return found[1].decode("ascii"), found[2].decode("ascii")
    if _METHOD.fullmatch(line) is None:
        raise BadRequest(400, "the request line is malformed")
    if line.endswith(b"1.0"):
        raise BadRequest(505, "HTTP/1.1 only")
    raise BadRequest(405, "GET and POST only")


def _length(method: str, headers: dict[str, str]) -> int:
    if "transfer-encoding" in headers:
        raise BadRequest(411, "send content-length, not transfer-encoding")
    if "expect" in headers:
        raise BadRequest(417, "expect is not understood")
    given = headers.get("content-length")
    if given is None:
        if method == "POST":
            raise BadRequest(411, "content-length is missing")
        return 0
    if _LENGTH.fullmatch(given) is None:
        raise BadRequest(400, "content-length is not a number")
    length = int(given)
    if length > MAX_BODY_BYTES:
        raise BadRequest(413, f"the body is larger than {MAX_BODY_BYTES} bytes")
    return length
