# SPDX-License-Identifier: Apache-2.0
"""Sends ICMP echo requests to an address, IPv4 or IPv6: what comes back, how soon, and how evenly."""

import errno
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import pairwise
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from steward_agent.checks.icmp import Forbidden, Line, end_of, open_line, reply, request
from steward_agent.checks.observation import NAME_NOT_FOUND, NO_ROUTE, OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.place import Address
from steward_agent.checks.targets import BadTarget, read_host
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "ping"
VERSION = 1
# 64 bytes with the head, as `ping` sends; the first are a secret of this look, so that nobody else's reply is taken for it.
PAYLOAD_BYTES = 56
_SECRET_BYTES = 16
_MAX_DATAGRAM = 2048
_NO_WAY = {errno.ENETUNREACH, errno.ENETDOWN, errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.EHOSTUNREACH}
# What routers and hosts say of an echo comes as the error of a later call.
_TOLD = {errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNREFUSED, errno.EHOSTDOWN, errno.ENOPROTOOPT, errno.EPROTO}

_LABEL = ("check",)
LOSS_METRIC = Metric(
    "check.ping.loss_percent", Unit.PERCENT, MetricKind.GAUGE, "Echoes sent that did not come back in time", _LABEL, 2
)
LEAST_METRIC = Metric(
    "check.ping.rtt_min_seconds", Unit.SECONDS, MetricKind.GAUGE, "Shortest time until an echo was back", _LABEL, 6
)
MEAN_METRIC = Metric(
    "check.ping.rtt_average_seconds", Unit.SECONDS, MetricKind.GAUGE, "Mean time until an echo was back", _LABEL, 6
)
MOST_METRIC = Metric(
    "check.ping.rtt_max_seconds", Unit.SECONDS, MetricKind.GAUGE, "Longest time until an echo was back", _LABEL, 6
)
JITTER_METRIC = Metric(
    "check.ping.jitter_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Mean absolute difference between the times of echoes that follow each other; RFC 3550's, without its smoothing",
    _LABEL,
    6,
)
METRICS = (LOSS_METRIC, LEAST_METRIC, MEAN_METRIC, MOST_METRIC, JITTER_METRIC)

LOSS = Reason(
    "loss",
    Verdict.FAILING,
    "More of the `sent` echoes were lost than `limit` percent; `error` is the name of what the network said of them, if anything",
    ("address", "sent", "received", "percent", "limit", "error"),
)
SLOW = Reason(
    "slow",
    Verdict.FAILING,
    "Echoes take longer on the average than `limit`, both in seconds",
    ("address", "seconds", "limit"),
)
CUT_SHORT = Reason(
    "cut_short",
    Verdict.UNKNOWN,
    "The look's time was over before all echoes were sent: give it more, or send fewer or faster",
    ("sent", "count", "seconds"),
)
PING_FORBIDDEN = Reason(
    "ping_forbidden",
    Verdict.UNKNOWN,
    "The agent may not send echoes: let its group by net.ipv4.ping_group_range, or give it CAP_NET_RAW in its unit",
)
REASONS = (LOSS, SLOW, CUT_SHORT, PING_FORBIDDEN)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom to ask how often, and what must hold."""

    host: Annotated[str, Meta(min_length=1, max_length=253, description="Name or address, IPv6 without brackets")]
    family: Annotated[
        Literal["any", "ipv4", "ipv6"], Meta(description="Which addresses of the name are asked; the first of them is")
    ] = "any"
    count: Annotated[int, Meta(ge=1, le=50, description="How many echoes are sent")] = 5
    spacing_seconds: Annotated[float, Meta(ge=0.02, le=5, description="Time from one echo to the next, in seconds")] = (
        0.2
    )
    wait_seconds: Annotated[float, Meta(ge=0.05, le=10, description="Time after which an echo is lost, in seconds")] = (
        1.0
    )
    max_loss_percent: Annotated[
        float, Meta(ge=0, le=99, description="Largest share of echoes that may be lost, in percent")
    ] = 20.0
    max_average_seconds: Annotated[
        Annotated[float, Meta(ge=0.0001, le=10)] | None,
        Meta(description="Longest time an echo may take on the average, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        try:
            read_host(self.host)
        except BadTarget:
            raise ValueError("host: is neither a name nor an address") from None
        if self.family != "any" and _version(self.host) not in (None, int(self.family[-1])):
            raise ValueError(f"family: the host is an address, and not of {self.family}")


@dataclass(slots=True)
class _Echoes:
    """One look's echoes. By number: when each was sent, and how long it took to come back.

    `error` is the name of what the network said last, empty when it said nothing.
    """

    line: Line
    clock: Callable[[], float]
    wait_seconds: float
    sent: list[float] = field(default_factory=list)
    back: dict[int, float] = field(default_factory=dict)
    error: str = ""
    payload: bytes = field(default_factory=lambda: secrets.token_bytes(_SECRET_BYTES).ljust(PAYLOAD_BYTES, b"\0"))
    identifier: int = 0

    def __post_init__(self) -> None:
        # The system numbers those of its own kind, by what it calls their port.
        self.identifier = secrets.randbelow(1 << 16) if self.line.raw else self.line.sock.getsockname()[1]

    @property
    def lost(self) -> int:
        return len(self.sent) - len(self.back)

    def send(self) -> None:
        message = request(self.line.version, self.identifier, len(self.sent), self.payload)
        self.sent.append(self.clock())
        for _ in range(2):
            # The error may be of an echo before this one, which then was not sent.
            if self._done(lambda: self.line.sock.send(message)):
                return

    def hear(self, seconds: float) -> None:
        """One datagram, whosever it is, or the end of `seconds`."""
        self.line.sock.settimeout(max(seconds, 0.0005))
        self._done(lambda: self._take(self.line.sock.recv(_MAX_DATAGRAM), self.clock()))

    def _take(self, datagram: bytes, at: float) -> None:
        found = reply(self.line.version, datagram, headed=self.line.raw and self.line.version == 4)
        if found is None or (found.identifier, found.payload) != (self.identifier, self.payload):
            return
        if found.number < len(self.sent) and at - self.sent[found.number] <= self.wait_seconds:
            self.back.setdefault(found.number, at - self.sent[found.number])

    def _done(self, call: Callable[[], object]) -> bool:
        """What the network says of an echo is kept, and False; what this system says of itself ends the look."""
        try:
            call()
        except TimeoutError:
            return True
        except OSError as error:
            if error.errno not in _TOLD:
                raise
            self.error = errno.errorcode[error.errno]
            self.line.drain()
            return False
        return True


def run(config: Config, visit: Visit) -> Observation:
    address, line = _line(config, visit)
    echoes = _Echoes(line, visit.place.clock, config.wait_seconds)
    _exchange(config, visit, echoes)
    visit.measured |= measured(len(echoes.sent), [echoes.back[number] for number in sorted(echoes.back)])
    _judge(config, visit, address, echoes)
    return observed(OK)


def measured(sent: int, times: list[float]) -> dict[str, float]:
    """The metrics of `sent` echoes of which those that came back took `times`, in the order they were sent in."""
    if not sent:
        return {}
    found = {LOSS_METRIC.name: 100 * (sent - len(times)) / sent}
    if times:
        found |= {LEAST_METRIC.name: min(times), MEAN_METRIC.name: _mean(times), MOST_METRIC.name: max(times)}
    if len(times) > 1:
        found[JITTER_METRIC.name] = _mean([abs(after - before) for before, after in pairwise(times)])
    return found


def _line(config: Config, visit: Visit) -> tuple[Address, Line]:
    """A connected socket to the first address that this place has a way to."""
    wanted = [each for each in visit.allowed(config.host) if config.family in ("any", f"ipv{each.version}")]
    if not wanted:
        end(NAME_NOT_FOUND, host=config.host)
    for address in wanted:
        try:
            line = open_line(address.version)
            visit.keep(line.sock)
            line.sock.connect(end_of(address))
        except Forbidden:
            end(PING_FORBIDDEN)
        except OSError as error:
            if error.errno not in _NO_WAY:
                raise
        else:
            return address, line
    raise Ended(NO_ROUTE, address=str(wanted[0]), port=0)


def _exchange(config: Config, visit: Visit, echoes: _Echoes) -> None:
    """Sends on the grid of the spacing and listens in between, until all are back, lost, or the look's time is over."""
    clock = visit.place.clock
    began = clock()
    over = began + visit.remaining()
    while (now := clock()) < over and (len(echoes.sent) < config.count or echoes.lost):
        if len(echoes.sent) < config.count:
            due = began + len(echoes.sent) * config.spacing_seconds
            if now >= due:
                echoes.send()
                continue
        else:
            due = echoes.sent[-1] + config.wait_seconds
            if now >= due:
                return
        echoes.hear(min(due, over) - now)


def _judge(config: Config, visit: Visit, address: Address, echoes: _Echoes) -> None:
    # As if all that were not sent would have come back.
    percent = 100 * echoes.lost / config.count
    if percent > config.max_loss_percent:
        told = {"sent": len(echoes.sent), "received": len(echoes.back), "limit": config.max_loss_percent}
        end(LOSS, address=str(address), percent=percent, error=echoes.error, **told)
    if len(echoes.sent) < config.count:
        end(CUT_SHORT, sent=len(echoes.sent), count=config.count, seconds=float(visit.timeout_s))
    average = _mean(list(echoes.back.values()))
    if config.max_average_seconds is not None and average > config.max_average_seconds:
        end(SLOW, address=str(address), seconds=average, limit=config.max_average_seconds)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _version(host: str) -> int | None:
    """4 or 6 for an address, None for a name."""
    try:
        return ip_address(host).version
    except ValueError:
        return None
