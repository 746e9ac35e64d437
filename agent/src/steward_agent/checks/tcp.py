# SPDX-License-Identifier: Apache-2.0
"""Connects to a TCP port, and reads what the peer says first where a text is expected."""

from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.checks.observation import OK, TIMEOUT, TOO_SLOW, Ended, Observation, Reason, end, observed
from steward_agent.checks.targets import BadTarget, read_host
from steward_agent.checks.visit import Incoming, Visit
from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import Verdict
from steward_agent.protocol.text import printable

SLUG = "tcp"
VERSION = 1
MAX_TEXT_BYTES = 4096
_SHOWN = 64

CONNECT_METRIC = Metric(
    "check.tcp.connect_seconds",
    Unit.SECONDS,
    MetricKind.GAUGE,
    "Time to connect, the name included",
    ("check",),
    4,
)
METRICS = (CONNECT_METRIC,)

TEXT_MISSING = Reason(
    "text_missing",
    Verdict.FAILING,
    "The peer said something else: `bytes` of it, which begin with `began`",
    ("bytes", "began"),
)
REASONS = (TEXT_MISSING,)


class Config(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where to connect, and what to expect."""

    host: Annotated[str, Meta(min_length=1, max_length=253, description="Name or address, IPv6 without brackets")]
    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port")]
    expect: Annotated[
        Annotated[str, Meta(min_length=1, max_length=256)] | None,
        Meta(description="Plain text that must occur in the first 4096 bytes the peer sends by itself"),
    ] = None
    max_seconds: Annotated[
        Annotated[float, Meta(ge=0.001, le=60)] | None,
        Meta(description="Longest time the whole look may take, in seconds"),
    ] = None

    def __post_init__(self) -> None:
        try:
            read_host(self.host)
        except BadTarget:
            raise ValueError("host: is neither a name nor an address") from None


def run(config: Config, visit: Visit) -> Observation:
    sock = visit.connect(config.host, config.port)
    visit.measured[CONNECT_METRIC.name] = visit.passed()
    if config.expect is not None:
        _read(config.expect.encode(), Incoming(visit, sock, MAX_TEXT_BYTES, "text"))
    seconds = visit.passed()
    if config.max_seconds is not None and seconds > config.max_seconds:
        end(TOO_SLOW, seconds=seconds, limit=config.max_seconds)
    return observed(OK)


def _read(wanted: bytes, incoming: Incoming) -> None:
    """Until `wanted` is there; ends the look when it does not come."""
    said = bytearray()
    part = bytearray(MAX_TEXT_BYTES)
    while wanted not in said:
        try:
            count = incoming.readinto(part) if incoming.room else 0
        except Ended as ended:
            # Who said something, but not this, has answered.
            if not said or ended.reason is not TIMEOUT:
                raise
            count = 0
        if not count:
            end(TEXT_MISSING, bytes=len(said), began=printable(said[:_SHOWN].decode("utf-8", "replace"), _SHOWN))
        said += part[:count]
