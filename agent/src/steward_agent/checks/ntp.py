# SPDX-License-Identifier: Apache-2.0
"""Asks an NTP server for the time, and says how far this machine's clock is from it."""

import secrets
import time
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.checks.datagrams import Noise, ask
from steward_agent.checks.ntp_message import Reply, judged, query, read_reply
from steward_agent.checks.observation import OK, Ended, Observation, Reason, end, observed
from steward_agent.checks.targets import BadTarget, read_host
from steward_agent.checks.visit import Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict

SLUG = "ntp"
VERSION = 1

_LABEL = ("check",)
OFFSET_METRIC = Metric(
    "check.ntp.offset_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "What must be added to this machine's clock to be the server's; negative where it is fast",
    _LABEL,
    6,
)
DELAY_METRIC = Metric(
    "check.ntp.delay_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time of the question and the answer on the way; the offset may be wrong by half of it",
    _LABEL,
    6,
)
STRATUM_METRIC = Metric(
    "check.ntp.stratum", Unit.COUNT, MetricKind.GAUGE, "How many servers the time has come through", _LABEL
)
METRICS = (OFFSET_METRIC, DELAY_METRIC, STRATUM_METRIC)

_UNKNOWN = Verdict.UNKNOWN
CLOCK_OFF = Reason(
    "clock_off",
    Verdict.FAILING,
    "This machine's clock is farther from the server's than `limit`, all in seconds; `offset` is what must be added to it",
    ("server", "offset", "limit", "delay"),
)
UNCERTAIN = Reason(
    "uncertain",
    _UNKNOWN,
    "The offset found is above the limit, but the answer was so long on its way that it may be within",
    ("server", "offset", "limit", "delay"),
)
KISS = Reason(
    "kiss",
    _UNKNOWN,
    "The server sends this machine away: `code` is RATE where it asks too often, DENY, RSTR …",
    ("server", "code"),
)
UNSYNCHRONISED = Reason(
    "unsynchronised",
    _UNKNOWN,
    "The server does not know the time itself; `why` is leap, stratum, distance or time, by the field that says so",
    ("server", "why", "stratum"),
)
SERVER_SILENT = Reason(
    "server_silent",
    _UNKNOWN,
    "The server gives no answer, which says nothing of this machine's clock; `why` is timeout, refused, unreachable, "
    "name_not_found or not_ntp",
    ("server", "why"),
)
REASONS = (CLOCK_OFF, UNCERTAIN, KISS, UNSYNCHRONISED, SERVER_SILENT)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose time, and how far from it."""

    host: Annotated[
        str, Meta(min_length=1, max_length=253, description="Name or address of the server, IPv6 without brackets")
    ]
    port: Annotated[int, Meta(ge=1, le=65535, description="UDP port")] = 123
    max_offset_seconds: Annotated[
        float,
        Meta(
            ge=0.001, le=86_400, description="Farthest the clock may be from the server's, to either side, in seconds"
        ),
    ] = 0.5

    def __post_init__(self) -> None:
        try:
            read_host(self.host)
        except BadTarget:
            raise ValueError("host: is neither a name nor an address") from None


class _Questions:
    """What was asked when, by the mark it carries: by this machine's clock, and by one that is never set."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._asked: dict[int, tuple[float, float]] = {}

    def make(self) -> bytes:
        mark = secrets.randbits(64)
        self._asked[mark] = (time.time(), self._visit.passed())
        return query(mark)

    def answer(self, datagram: bytes) -> tuple[Reply, float, float] | None:
        """The reply, when its question was asked, and the seconds it took; None for what answers none of them."""
        at = self._visit.passed()
        reply = read_reply(datagram)
        if reply is None or reply.origin not in self._asked:
            return None
        asked, passed = self._asked[reply.origin]
        return reply, asked, at - passed


def run(config: Config, visit: Visit) -> Observation:
    try:
        reply, asked, took = _asked(config, visit)
    except Noise:
        end(SERVER_SILENT, server=config.host, why="not_ntp")
    except Ended as ended:
        # The server is not what is looked at: whatever is wrong with it, nothing was learnt of the clock.
        if ended.reason.verdict is Verdict.FAILING:
            end(SERVER_SILENT, server=config.host, why=ended.reason.code)
        raise
    if reply.kiss:
        end(KISS, server=config.host, code=reply.kiss)
    found = None if reply.fault else judged(reply, asked, took)
    if found is None:
        raise Ended(UNSYNCHRONISED, server=config.host, why=reply.fault or "time", stratum=reply.stratum)
    offset, delay = found
    visit.measured |= {OFFSET_METRIC.name: offset, DELAY_METRIC.name: delay, STRATUM_METRIC.name: reply.stratum}
    if abs(offset) > config.max_offset_seconds:
        sure = abs(offset) - delay / 2 > config.max_offset_seconds
        told = {"offset": offset, "limit": config.max_offset_seconds, "delay": delay}
        end(CLOCK_OFF if sure else UNCERTAIN, server=config.host, **told)
    return observed(OK)


def _asked(config: Config, visit: Visit) -> tuple[Reply, float, float]:
    """The first of the server's addresses that answers, each with its share of the time."""
    addresses = visit.allowed(config.host)
    why: Ended | None = None
    for index, address in enumerate(addresses):
        questions = _Questions(visit)
        seconds = visit.left("answer") / (len(addresses) - index)
        try:
            return ask(visit, address, config.port, seconds, questions.make, questions.answer)
        except Ended as ended:
            if why is None or why.reason.verdict is _UNKNOWN:
                why = ended
    assert why is not None
    raise why
