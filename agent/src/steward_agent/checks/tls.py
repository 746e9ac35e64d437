# SPDX-License-Identifier: Apache-2.0
"""Agrees on TLS with a port, after STARTTLS where that is asked for: the certificate's chain, name and end, and the protocol."""

import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal, NoReturn

import msgspec
from msgspec import Meta

from steward_agent.checks.certificate import FAULTS, Certificate, first_ending, presented
from steward_agent.checks.observation import OK, TOO_SLOW, Ended, Observation, Reason, end, observed
from steward_agent.checks.starttls import Protocol, Unwilling, begin
from steward_agent.checks.targets import BadTarget, read_host
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Parameter, Verdict

SLUG = "tls"
VERSION = 1
DAY = 86_400
# Older ones have no name here that Python does not warn of: all is let in, and judged afterwards.
_OLDEST = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_NAMES = {"TLSv1": "1.0", "TLSv1.1": "1.1", "TLSv1.2": "1.2", "TLSv1.3": "1.3"}
# OpenSSL takes part in TLS before 1.2, and with keys and hashes of its age, only so.
_EVERYTHING = "DEFAULT:@SECLEVEL=0"

_LABEL = ("check",)
CONNECT_METRIC = Metric(
    "check.tls.connect_seconds", Unit.SECONDS, MetricKind.GAUGE, "Time to connect, the name included", _LABEL, 4
)
HANDSHAKE_METRIC = Metric(
    "check.tls.handshake_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time of the handshake alone, without connecting and STARTTLS",
    _LABEL,
    4,
)
EXPIRY_METRIC = Metric(
    "check.tls.certificate_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time until the first of the certificates presented ends; negative afterwards",
    _LABEL,
)
METRICS = (CONNECT_METRIC, HANDSHAKE_METRIC, EXPIRY_METRIC)

_FAILING = Verdict.FAILING
_SHOWN = "`subject`, `issuer` and times are empty where the peer did not show its certificate a second time"
EXPIRED = Reason("expired", _FAILING, f"A certificate has ended; {_SHOWN}", ("name", "subject", "issuer", "not_after"))
NOT_YET_VALID = Reason(
    "not_yet_valid", _FAILING, f"A certificate begins later; {_SHOWN}", ("name", "subject", "issuer", "not_before")
)
UNTRUSTED = Reason(
    "untrusted",
    _FAILING,
    "The chain does not lead to a trusted authority; `why` is self_signed, unknown_authority, revoked or other, "
    f"`code` OpenSSL's number; {_SHOWN}",
    ("name", "why", "code", "subject", "issuer", "not_after"),
)
WRONG_NAME = Reason(
    "wrong_name",
    _FAILING,
    f"The certificate is made for others than `name`: for `names`; {_SHOWN}",
    ("name", "names", "subject", "issuer", "not_after"),
)
ENDS_SOON = Reason(
    "ends_soon",
    _FAILING,
    "The first of the certificates presented ends in `days`, fewer than `limit`",
    ("name", "days", "limit", "subject", "issuer", "not_after"),
)
WEAK_PROTOCOL = Reason(
    "weak_protocol",
    _FAILING,
    "The best that the peer agrees to is older than `minimum`",
    ("name", "version", "minimum"),
)
TLS_FAILED = Reason("tls_failed", _FAILING, "No agreement on TLS; `why` is OpenSSL's name for it", ("name", "why"))
STARTTLS_REFUSED = Reason(
    "starttls_refused", _FAILING, "The peer does not begin TLS; `said` is what it says instead", ("protocol", "said")
)
REASONS = (
    EXPIRED,
    NOT_YET_VALID,
    UNTRUSTED,
    WRONG_NAME,
    ENDS_SOON,
    WEAK_PROTOCOL,
    TLS_FAILED,
    STARTTLS_REFUSED,
)

Host = Annotated[str, Meta(min_length=1, max_length=253)]


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to connect, and what must hold of TLS there."""

    host: Annotated[str, Meta(min_length=1, max_length=253, description="Name or address, IPv6 without brackets")]
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port")] = 443
    server_name: Annotated[
        Host | None, Meta(description="Name that is asked for and that the certificate must have; without it, the host")
    ] = None
    starttls: Annotated[
        Protocol | None, Meta(description="Protocol in which TLS is begun; without it, TLS begins at once")
    ] = None
    verify: Annotated[
        bool, Meta(description="Whether the chain must be trusted and the name match; times are judged anyhow")
    ] = True
    days: Annotated[
        int, Meta(ge=0, le=3650, description="Fewest days for which the certificates presented must still be valid")
    ] = 14
    min_version: Annotated[
        Literal["1.0", "1.1", "1.2", "1.3"], Meta(description="Oldest version of TLS that is well")
    ] = "1.2"
    max_seconds: Annotated[
        Annotated[float, Meta(ge=0.001, le=60)] | None,
        Meta(description="Longest time the whole look may take, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        for name in ("host", "server_name"):
            try:
                read_host(getattr(self, name) or self.host)
            except BadTarget:
                raise ValueError(f"{name}: is neither a name nor an address") from None

    @property
    def name(self) -> str:
        """What the certificate must be made for."""
        return self.server_name or self.host


@dataclass(frozen=True, slots=True)
class _Agreed:
    """One handshake: `version` as in the configuration."""

    version: str
    chain: list[Certificate]


def run(config: Config, visit: Visit) -> Observation:
    context = _context(config.min_version, config.verify, visit.place.ca_file)
    try:
        agreed = _agreed(config, visit, context)
    except ssl.SSLCertVerificationError as error:
        _refused(config, error.verify_code, _second(config, visit))
    except (ssl.SSLError, ValueError) as error:
        _failed(config, error, _second(config, visit))
    _version(config, agreed)
    _times(config, agreed.chain)
    seconds = visit.passed()
    if config.max_seconds is not None and seconds > config.max_seconds:
        end(TOO_SLOW, seconds=seconds, limit=config.max_seconds)
    return observed(OK)


def _agreed(config: Config, visit: Visit, context: ssl.SSLContext) -> _Agreed:
    """Connects and shakes hands. Raises ssl.SSLError, ValueError; ends the look for all else."""
    began = visit.passed()
    sock = visit.connect(config.host, config.port)
    visit.measured.setdefault(CONNECT_METRIC.name, visit.passed() - began)
    if config.starttls is not None:
        try:
            begin(config.starttls, visit, sock)
        except Unwilling as unwilling:
            end(STARTTLS_REFUSED, protocol=config.starttls, said=unwilling.said)
    began = visit.passed()
    with visit.talking("tls"):
        sock.settimeout(visit.left("tls"))
        secured = context.wrap_socket(sock, server_hostname=config.name)
    visit.keep(secured)
    visit.measured.setdefault(HANDSHAKE_METRIC.name, visit.passed() - began)
    chain = presented(secured)
    first = first_ending(chain)
    if first is not None:
        visit.measured[EXPIRY_METRIC.name] = first.not_after.timestamp() - time.time()
    return _Agreed(_NAMES.get(secured.version() or "", ""), chain)


def _second(config: Config, visit: Visit) -> _Agreed | None:
    """What the peer shows whoever asks for nothing; the first handshake ended before it could be looked at."""
    with suppress(Ended, OSError, ValueError):
        return _agreed(config, visit, _context("1.0", False, None))
    return None


@lru_cache(maxsize=16)
def _context(oldest: str, verify: bool, ca_file: str | None) -> ssl.SSLContext:
    # Loading the authorities takes 10 ms and some memory: once, not at every look.
    context = ssl.create_default_context()
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if oldest not in _OLDEST:
        context.set_ciphers(_EVERYTHING)
    context.minimum_version = _OLDEST.get(oldest, ssl.TLSVersion.MINIMUM_SUPPORTED)
    return context


def _refused(config: Config, code: int, shown: _Agreed | None) -> NoReturn:
    """By OpenSSL's number, which is of the first fault it came upon."""
    why = FAULTS.get(code, "other")
    chain = shown.chain if shown is not None else []
    now = time.time()
    if why == "expired":
        _end_with(EXPIRED, config, first_ending(chain))
    if why == "not_yet_valid":
        later = [each for each in chain if each.not_before.timestamp() > now]
        _end_with(NOT_YET_VALID, config, later[0] if later else None)
    leaf = chain[0] if chain else None
    if why == "other_host":
        _end_with(WRONG_NAME, config, leaf, names=", ".join(leaf.names) if leaf else "")
    _end_with(UNTRUSTED, config, leaf, why=why, code=code)


def _failed(config: Config, error: Exception, shown: _Agreed | None) -> NoReturn:
    if shown is not None:
        _version(config, shown)
    raise Ended(TLS_FAILED, name=config.name, why=getattr(error, "reason", None) or type(error).__name__)


def _version(config: Config, agreed: _Agreed) -> None:
    if agreed.version < config.min_version:
        end(WEAK_PROTOCOL, name=config.name, version=agreed.version, minimum=config.min_version)


def _times(config: Config, chain: list[Certificate]) -> None:
    """Also where nothing is verified: what has ended has ended."""
    now = time.time()
    for each in chain:
        if each.not_before.timestamp() > now:
            _end_with(NOT_YET_VALID, config, each)
    first = first_ending(chain)
    left = first.not_after.timestamp() - now if first is not None else 0.0
    if first is not None and left <= 0:
        _end_with(EXPIRED, config, first)
    if first is not None and left < config.days * DAY:
        _end_with(ENDS_SOON, config, first, days=int(left // DAY), limit=config.days)


def _end_with(reason: Reason, config: Config, shown: Certificate | None, **more: Parameter) -> NoReturn:
    told: dict[str, Parameter] = dict.fromkeys(("subject", "issuer", "not_after", "not_before"), "")
    if shown is not None:
        told = {"subject": shown.subject, "issuer": shown.issuer, "not_after": shown.ends, "not_before": shown.begins}
    told |= {"name": config.name, **more}
    raise Ended(reason, **{name: told[name] for name in reason.parameters})
