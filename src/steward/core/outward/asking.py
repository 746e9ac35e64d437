# SPDX-License-Identifier: Apache-2.0
"""One question over HTTP/1.1, on the same ground as the checks: a name is resolved once, each address is looked at before it
is connected to, and time and size are bounded. No proxy, no cookie, nothing compressed, and no redirect is followed."""

import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, cast

from steward_agent.checks.observation import Ended
from steward_agent.checks.place import Lookup, Place, system_lookup
from steward_agent.checks.reach import reaching, read_networks
from steward_agent.checks.targets import BadTarget, Target, read_target
from steward_agent.checks.visit import Incoming, TooMuch, Visit, trouble

from steward.settings.env import get_settings

TIMEOUT: Final = 15.0  # seconds for all of it, the name included
HEAD_MAX: Final = 64 * 1024
FRAMING_MAX: Final = 16 * 1024  # chunk sizes and trailers around a body
BODY_MAX: Final = 64 * 1024
_ONE_LINE: Final = re.compile(r"[ -~]*")
_OWN: Final = frozenset({"host", "connection", "content-length", "transfer-encoding", "accept-encoding", "user-agent"})


@dataclass(frozen=True, slots=True)
class Reply:
    """What the other side answered, whatever its status; headers by their name in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    milliseconds: int


class Unreached(Exception):
    """There was no answer. `code` says why: one of the reasons of checks, or `too_large`, `not_http`, `tls_failed`,
    `tls_certificate`, `bad_target`. `params` never hold more of the address than its host."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        said = ", ".join(f"{name} {value}" for name, value in self.params.items())
        return f"{self.code} ({said})" if said else self.code


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a whole request but for the headers that the asking sets itself."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        for text in (self.method, *self.headers, *self.headers.values()):
            if not _ONE_LINE.fullmatch(text):
                raise ValueError("a header is one line of ASCII")


def ask(
    question: Question,
    *,
    whole: bool = True,
    timeout: float = TIMEOUT,
    body_max: int = BODY_MAX,
    lookup: Lookup = system_lookup,
) -> Reply:
    """The answer to `question`, of at most `body_max` bytes; without `whole` its beginning does, and may be missing.

    Plain http:// leads to the operator's listed networks alone: nothing goes over the public internet in the open.

    Raises:
        Unreached: nothing was reached, or what answered is no HTTP or too large.
    """
    began = time.monotonic()
    target = _target(question.url)
    networks = read_networks(get_settings().outward_allow)
    place = Place(allows=reaching(networks, public=target.scheme == "https"), lookup=lookup)
    visit = Visit(place, timeout)
    try:
        response, incoming = _answering(question, target, visit)
        body = _read(response, incoming, target, body_max) if whole else _beginning(response, incoming, body_max)
    except Ended as ended:
        raise Unreached(ended.reason.code, **{name: str(value) for name, value in ended.parameters.items()}) from None
    except OSError as error:
        why = trouble(error)
        raise Unreached(why.reason.code, error=str(why.parameters["error"])) from None
    finally:
        visit.close()
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, body, round((time.monotonic() - began) * 1000))


def refusal_of(url: str) -> str:
    """Why `url` can't be asked at all, as a code: scheme, host, port, user or form; "" when it can."""
    try:
        read_target(url)
    except BadTarget as bad:
        return str(bad)
    return ""


def origin_of(url: str) -> str:
    """Scheme, host and port of a readable address: all of it that may be shown."""
    target = read_target(url)
    return f"{target.scheme}://{target.host_header}"


def _target(url: str) -> Target:
    try:
        return read_target(url)
    except BadTarget as bad:
        raise Unreached("bad_target", why=str(bad)) from None


def _answering(question: Question, target: Target, visit: Visit) -> tuple[http.client.HTTPResponse, Incoming]:
    sock = visit.connect(target.host, target.port)
    with _reading(target):
        if target.scheme == "https":
            with visit.talking("tls"):
                sock.settimeout(visit.left("tls"))
                sock = visit.keep(_trusting().wrap_socket(sock, server_hostname=target.host))
        incoming = Incoming(visit, sock, HEAD_MAX, "head")
        response = http.client.HTTPResponse(cast("socket.socket", _Readable(incoming)), method=question.method)
        visit.send(sock, _request(question, target), "send")
        response.begin()
    return response, incoming


def _read(response: http.client.HTTPResponse, incoming: Incoming, target: Target, body_max: int) -> bytes:
    incoming.phase, incoming.room = "body", body_max + FRAMING_MAX
    with _reading(target):
        body = response.read(body_max + 1)
        if len(body) > body_max:
            raise TooMuch
        if response.length:
            raise http.client.IncompleteRead(body, response.length)
    return body


def _beginning(response: http.client.HTTPResponse, incoming: Incoming, body_max: int) -> bytes:
    incoming.phase, incoming.room = "body", body_max + FRAMING_MAX
    # The status was the answer; a body that is broken, slow or endless takes nothing of it away.
    with suppress(Ended, TooMuch, http.client.HTTPException, OSError, ValueError):
        return response.read(body_max)
    return b""


@contextmanager
def _reading(target: Target) -> Iterator[None]:
    """What a peer may do to whoever reads it, as `Unreached`."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Unreached("tls_certificate", host=target.host, why=error.verify_message) from None
    except ssl.SSLError as error:
        raise Unreached("tls_failed", host=target.host, why=error.reason or type(error).__name__) from None
    except http.client.RemoteDisconnected:
        raise Unreached("closed", phase="head") from None
    except TooMuch:
        raise Unreached("too_large", host=target.host) from None
    except (http.client.HTTPException, ValueError):
        raise Unreached("not_http", host=target.host) from None


def _request(question: Question, target: Target) -> bytes:
    given = {name: value for name, value in question.headers.items() if name.lower() not in _OWN}
    own = {"Host": target.host_header, "User-Agent": "Steward", "Accept-Encoding": "identity", "Connection": "close"}
    if question.body or question.method in ("POST", "PUT"):
        own["Content-Length"] = str(len(question.body))
    lines = [
        f"{question.method} {target.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in (own | given).items()),
    ]
    return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + question.body


@lru_cache(maxsize=1)
def _trusting() -> ssl.SSLContext:
    # Loading the authorities takes 10 ms: once a process.
    return ssl.create_default_context()


class _Readable:
    """All that HTTPResponse asks of a socket."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._incoming)
