# SPDX-License-Identifier: Apache-2.0
"""Asks a web address: status, text of the page, time, redirects, TLS. HTTP/1.1, no proxies, nothing compressed."""

import http.client
import io
import re
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, NoReturn, cast

import msgspec
from cryptography import x509
from msgspec import Meta

from steward_agent.checks.certificate import FAULTS
from steward_agent.checks.observation import CLOSED, OK, TOO_SLOW, Ended, Observation, Reason, end, observed
from steward_agent.checks.targets import MAX_URL, BadTarget, Target, read_target, redirected
from steward_agent.checks.visit import Incoming, TooMuch, Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "http"
VERSION = 1
MAX_HEAD_BYTES = 64 * 1024
# Chunks and trailers around a body.
MAX_FRAMING_BYTES = 64 * 1024
_REDIRECTS = {301, 302, 303, 307, 308}
_OWN_HEADERS = {
    "accept-encoding", "connection", "content-length", "expect", "host", "te", "trailer", "transfer-encoding", "upgrade",
}  # fmt: skip
_AGENT = "steward-check/1"
# Only those whose reading is linear; the name of a charset comes from the peer.
_CHARSETS = re.compile(
    r"utf-?(?:8|16)|us-ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|"
    r"shift_jis|euc-(?:jp|kr)|gb(?:k|2312|18030)|big5"
)

_LABEL = ("check",)
STATUS_METRIC = Metric("check.http.status", Unit.COUNT, MetricKind.GAUGE, "Status code of the last answer", _LABEL)
CONNECT_METRIC = Metric(
    "check.http.connect_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time to connect, the name included, of the last hop",
    _LABEL,
    4,
)
FIRST_METRIC = Metric(
    "check.http.head_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time until the head of the last answer was there, from the start of the look",
    _LABEL,
    4,
)
SIZE_METRIC = Metric(
    "check.http.body_bytes", Unit.BYTES, MetricKind.GAUGE, "Size of the body, as far as it was read", _LABEL
)
EXPIRY_METRIC = Metric(
    "check.http.certificate_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time until the certificate of the last hop expires; negative afterwards",
    _LABEL,
)
METRICS = (STATUS_METRIC, CONNECT_METRIC, FIRST_METRIC, SIZE_METRIC, EXPIRY_METRIC)

_FAILING, _UNKNOWN = Verdict.FAILING, Verdict.UNKNOWN
UNEXPECTED_STATUS = Reason(
    "unexpected_status", _FAILING, "The status is none of those expected", ("status", "expected")
)
TOO_MANY_REDIRECTS = Reason("too_many_redirects", _FAILING, "It still redirects after `limit`", ("limit",))
BAD_REDIRECT = Reason(
    "bad_redirect",
    _FAILING,
    "It redirects to what can't be followed; `why` is scheme, host, port, user or form",
    ("why",),
)
NOT_HTTP = Reason("not_http", _FAILING, "What it answers is not HTTP; `phase` is head or body", ("phase",))
HEAD_TOO_LARGE = Reason("head_too_large", _FAILING, "The head of the answer is larger than any sane one", ("limit",))
BODY_INCOMPLETE = Reason("body_incomplete", _FAILING, "The body ended before its announced length")
TEXT_MISSING = Reason("text_missing", _FAILING, "`body_contains` does not occur in the body", ("bytes",))
PATTERN_MISSING = Reason("pattern_missing", _FAILING, "`body_pattern` does not occur in the body", ("bytes",))
TEXT_PRESENT = Reason("text_present", _FAILING, "`body_lacks` occurs in the body", ("bytes",))
TLS_CERTIFICATE = Reason(
    "tls_certificate",
    _FAILING,
    "The certificate does not hold; `why` is expired, not_yet_valid, self_signed, unknown_authority, revoked, "
    "other_host or other, `code` OpenSSL's number",
    ("host", "why", "code"),
)
TLS_FAILED = Reason("tls_failed", _FAILING, "No agreement on TLS; `why` is OpenSSL's name for it", ("host", "why"))
BODY_CUT = Reason(
    "body_cut", _UNKNOWN, "The text was not found in the first `limit` bytes, and the body goes on", ("limit",)
)
BODY_ENCODED = Reason(
    "body_encoded", _UNKNOWN, "The body is compressed although it was asked for plain, so no text can be looked for", ("encoding",)
)  # fmt: skip
REASONS = (
    UNEXPECTED_STATUS,
    TOO_MANY_REDIRECTS,
    BAD_REDIRECT,
    NOT_HTTP,
    HEAD_TOO_LARGE,
    BODY_INCOMPLETE,
    TEXT_MISSING,
    PATTERN_MISSING,
    TEXT_PRESENT,
    TLS_CERTIFICATE,
    TLS_FAILED,
    BODY_CUT,
    BODY_ENCODED,
)

Text = Annotated[str, Meta(min_length=1, max_length=256)]
HeaderName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9!#$%&'*+.^_`|~-]+\Z")]
HeaderValue = Annotated[str, Meta(max_length=1024, pattern=r"\A[ -~]*\Z")]
Statuses = Annotated[str, Meta(min_length=3, max_length=7, pattern=r"\A[1-5][0-9]{2}(?:-[1-5][0-9]{2})?\Z")]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked, and what must hold."""

    url: Annotated[
        str,
        Meta(
            min_length=8,
            max_length=MAX_URL,
            pattern=r"\Ahttps?://[!-~]+\Z",
            description="Address to ask, http:// or https://, without a user; other letters than ASCII percent-encoded",
        ),
    ]
    method: Annotated[Literal["GET", "HEAD"], Meta(description="HEAD asks for no body")] = "GET"
    headers: Annotated[
        dict[HeaderName, HeaderValue],
        Meta(max_length=20, description="Further headers; sent to the origin of the address only, not after a redirect elsewhere"),
    ] = {}  # fmt: skip
    status: Annotated[
        tuple[Statuses, ...],
        Meta(min_length=1, max_length=20, description="Status codes that are well: 204, or 200-299"),
    ] = ("200-299",)
    redirects: Annotated[
        int, Meta(ge=0, le=10, description="How many redirects to follow; 0 judges the redirect itself")
    ] = 5
    verify_tls: Annotated[bool, Meta(description="Whether the certificate must be valid for the host")] = True
    body_contains: Annotated[
        Text | None, Meta(description="Plain text that must occur in the body, in this very spelling")
    ] = None
    body_pattern: Annotated[
        Text | None,
        Meta(description="Pieces of text that must follow each other; * stands for anything between them, \\* for a star"),
    ] = None  # fmt: skip
    body_lacks: Annotated[Text | None, Meta(description="Plain text that must not occur in the body")] = None
    max_body_bytes: Annotated[
        int, Meta(ge=1024, le=512 * 1024, description="How much of the body is read, in bytes")
    ] = 256 * 1024
    max_seconds: Annotated[
        Annotated[float, Meta(ge=0.001, le=60)] | None,
        Meta(description="Longest time the whole look may take, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        try:
            read_target(self.url)
        except BadTarget as bad:
            raise ValueError(f"url: its {bad} is not one that can be asked") from None
        for name in self.headers:
            if name.lower() in _OWN_HEADERS:
                raise ValueError(f"headers: {name} is set by the check itself")
        for each in self.status:
            first, _, last = each.partition("-")
            if last and last < first:
                raise ValueError(f"status: {each} runs backwards")
        for name in ("body_contains", "body_pattern", "body_lacks"):
            if getattr(self, name) is not None and self.method == "HEAD":
                raise ValueError(f"{name}: HEAD has no body; ask with GET")
        if self.body_pattern is not None and not pieces(self.body_pattern):
            raise ValueError("body_pattern: has nothing but stars")


@dataclass(frozen=True, slots=True)
class _Answer:
    response: http.client.HTTPResponse
    incoming: Incoming


def run(config: Config, visit: Visit) -> Observation:
    target = first = read_target(config.url)
    for _ in range(config.redirects + 1):
        answer = _asked(config, visit, target, ours=target.origin == first.origin)
        status = answer.response.status
        location = answer.response.getheader("Location")
        if status not in _REDIRECTS or not location or not config.redirects:
            return _judged(config, visit, answer, target)
        visit.close()
        try:
            target = redirected(target, location)
        except BadTarget as bad:
            end(BAD_REDIRECT, why=str(bad))
    raise Ended(TOO_MANY_REDIRECTS, limit=config.redirects)


def pieces(pattern: str) -> list[str]:
    """The texts of a pattern between its stars."""
    split = re.split(r"(?<!\\)\*", pattern)
    return [piece.replace("\\*", "*") for piece in split if piece]


def follows(text: str, wanted: list[str]) -> bool:
    """Whether the pieces occur one after the other. Each search goes on where the last ended, so the time is linear."""
    at = 0
    for piece in wanted:
        found = text.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return True


def _asked(config: Config, visit: Visit, target: Target, *, ours: bool) -> _Answer:
    began = visit.passed()
    sock = visit.connect(target.host, target.port)
    visit.measured[CONNECT_METRIC.name] = visit.passed() - began
    if target.scheme == "https":
        sock = _secured(config, visit, target, sock)
    incoming = Incoming(visit, sock, MAX_HEAD_BYTES, "head")
    response = http.client.HTTPResponse(cast("socket.socket", _Readable(incoming)), method=config.method)
    try:
        visit.send(sock, _request(config, target, ours=ours), "send")
        response.begin()
    except (TooMuch, http.client.LineTooLong):
        end(HEAD_TOO_LARGE, limit=MAX_HEAD_BYTES)
    except http.client.RemoteDisconnected:
        end(CLOSED, phase="head")
    except http.client.HTTPException as error:
        # "got more than 100 headers" has no class of its own.
        if type(error) is http.client.HTTPException:
            end(HEAD_TOO_LARGE, limit=MAX_HEAD_BYTES)
        end(NOT_HTTP, phase="head")
    except (ssl.SSLError, ValueError) as error:
        _unreadable(error, target, "head")
    visit.measured[FIRST_METRIC.name] = visit.passed()
    visit.measured[STATUS_METRIC.name] = response.status
    return _Answer(response, incoming)


def _secured(config: Config, visit: Visit, target: Target, sock: socket.socket) -> socket.socket:
    context = _context(config.verify_tls, visit.place.ca_file)
    try:
        with visit.talking("tls"):
            sock.settimeout(visit.left("tls"))
            secured = context.wrap_socket(sock, server_hostname=target.host)
    except ssl.SSLCertVerificationError as error:
        why = FAULTS.get(error.verify_code, "other")
        end(TLS_CERTIFICATE, host=target.host, why=why, code=error.verify_code)
    except (ssl.SSLError, ValueError) as error:
        end(TLS_FAILED, host=target.host, why=getattr(error, "reason", None) or type(error).__name__)
    visit.keep(secured)
    expires = _expires(secured.getpeercert(binary_form=True))
    if expires is not None:
        visit.measured[EXPIRY_METRIC.name] = expires - time.time()
    return secured


@lru_cache(maxsize=8)
def _context(verify: bool, ca_file: str | None) -> ssl.SSLContext:
    # Loading the authorities takes 10 ms and some memory: once, not at every look.
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _expires(certificate: bytes | None) -> float | None:
    try:
        return x509.load_der_x509_certificate(certificate or b"").not_valid_after_utc.timestamp()
    except ValueError:
        return None


def _request(config: Config, target: Target, *, ours: bool) -> bytes:
    given = {name.title(): text for name, text in config.headers.items()} if ours else {}
    headers = {"Host": target.host_header, "User-Agent": _AGENT, "Accept": "*/*", **given}
    headers |= {"Accept-Encoding": "identity", "Connection": "close"}
    lines = [f"{config.method} {target.path} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _judged(config: Config, visit: Visit, answer: _Answer, target: Target) -> Observation:
    response = answer.response
    if not any(_within(response.status, each) for each in config.status):
        end(UNEXPECTED_STATUS, status=response.status, expected=", ".join(config.status))
    body, cut = _body(config, answer, target)
    visit.measured[SIZE_METRIC.name] = len(body)
    _match(config, response, body, cut=cut)
    seconds = visit.passed()
    if config.max_seconds is not None and seconds > config.max_seconds:
        end(TOO_SLOW, seconds=seconds, limit=config.max_seconds)
    return observed(OK)


def _within(status: int, expected: str) -> bool:
    first, _, last = expected.partition("-")
    return int(first) <= status <= int(last or first)


def _body(config: Config, answer: _Answer, target: Target) -> tuple[bytes, bool]:
    """As much as is wanted, and whether there is more."""
    response, incoming = answer.response, answer.incoming
    incoming.phase = "body"
    incoming.room = config.max_body_bytes + MAX_FRAMING_BYTES
    try:
        body = response.read(config.max_body_bytes + 1)
    except http.client.IncompleteRead:
        end(BODY_INCOMPLETE)
    except (TooMuch, http.client.HTTPException):
        end(NOT_HTTP, phase="body")
    except (ssl.SSLError, ValueError) as error:
        _unreadable(error, target, "body")
    cut = len(body) > config.max_body_bytes
    if not cut and response.length:
        end(BODY_INCOMPLETE)
    return body[: config.max_body_bytes], cut


def _match(config: Config, response: http.client.HTTPResponse, body: bytes, *, cut: bool) -> None:
    if config.body_contains is None and config.body_pattern is None and config.body_lacks is None:
        return
    encoding = response.getheader("Content-Encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        end(BODY_ENCODED, encoding=encoding)
    text = _decoded(body, (response.headers.get_content_charset() or "").lower())
    if config.body_lacks is not None and config.body_lacks in text:
        end(TEXT_PRESENT, bytes=len(body))
    missing = None
    if config.body_contains is not None and config.body_contains not in text:
        missing = TEXT_MISSING
    elif config.body_pattern is not None and not follows(text, pieces(config.body_pattern)):
        missing = PATTERN_MISSING
    if cut and (missing or config.body_lacks is not None):
        end(BODY_CUT, limit=config.max_body_bytes)
    if missing:
        end(missing, bytes=len(body))


def _decoded(body: bytes, charset: str) -> str:
    if _CHARSETS.fullmatch(charset):
        # Not all that look like a charset are one.
        with suppress(LookupError):
            return body.decode(charset, "replace")
    return body.decode("utf-8", "replace")


def _unreadable(error: Exception, target: Target, phase: str) -> NoReturn:
    if isinstance(error, ssl.SSLError):
        end(TLS_FAILED, host=target.host, why=error.reason or type(error).__name__)
    end(NOT_HTTP, phase=phase)


class _Readable:
    """All that HTTPResponse asks of a socket."""

    def __init__(self, incoming: Incoming) -> None:
        self._incoming = incoming

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._incoming)
