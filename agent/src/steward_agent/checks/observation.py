# SPDX-License-Identifier: Apache-2.0
"""What came of looking: a verdict, a reason with parameters (never a sentence), and what was measured on the way."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NoReturn

from steward_agent.collectors.metrics import Metric, MetricKind, Unit
from steward_agent.protocol.results import MAX_TEXT, Parameter, Verdict
from steward_agent.protocol.text import printable

_LARGEST = 2**53


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a check ended as it did. `parameters` are exactly those it carries; `meaning` is the line in the documentation.

    FAILING says something of what was looked at, UNKNOWN only of the looking: nobody may be woken by it as by an outage.
    """

    code: str
    verdict: Verdict
    meaning: str
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Observation:
    """One look. `measured` has values by the name of their metric, also where it failed on the way.

    `labelled` has those of metrics with a second label: by the metric's name, then by that label.
    """

    verdict: Verdict
    reason: str
    parameters: dict[str, Parameter] = field(default_factory=dict)
    measured: dict[str, float] = field(default_factory=dict)
    labelled: dict[str, dict[str, float]] = field(default_factory=dict)


class Ended(Exception):
    """The look is over, with this reason."""

    def __init__(self, reason: Reason, **parameters: Parameter) -> None:
        super().__init__(reason.code)
        self.reason = reason
        self.parameters = parameters


def observed(reason: Reason, parameters: Mapping[str, Parameter] = MappingProxyType({})) -> Observation:
    """An observation that is fit to travel: text printable and cut, numbers finite and bounded."""
    return Observation(reason.verdict, reason.code, {name: _fit(value) for name, value in parameters.items()})


def end(reason: Reason, **parameters: Parameter) -> NoReturn:
    raise Ended(reason, **parameters)


def _fit(value: Parameter) -> Parameter:
    if isinstance(value, str):
        return printable(value, MAX_TEXT)
    if isinstance(value, float):
        return round(value, 6) if math.isfinite(value) else 0.0
    return max(-_LARGEST, min(_LARGEST, value))


VERDICT = Metric("check.verdict", Unit.COUNT, MetricKind.GAUGE, "0 ok, 1 failing, 2 unknown", ("check",))
SECONDS = Metric(
    "check.seconds", Unit.SECONDS, MetricKind.GAUGE, "How long the whole look took, names included", ("check",), 4
)
COMMON_METRICS = (VERDICT, SECONDS)

_OK, _FAILING, _UNKNOWN = Verdict.OK, Verdict.FAILING, Verdict.UNKNOWN

OK = Reason("ok", _OK, "Everything that was asked for held")
TIMEOUT = Reason(
    "timeout",
    _FAILING,
    "The peer was not done in time; `phase` is connect, starttls, tls, send, head, body, text or answer",
    ("phase", "seconds"),
)
REFUSED = Reason("refused", _FAILING, "The peer refuses connections", ("address", "port"))
UNREACHABLE = Reason("unreachable", _FAILING, "The network says that the host can't be reached", ("address", "port"))
CLOSED = Reason("closed", _FAILING, "The peer cut the connection; `phase` as with timeout", ("phase",))
NAME_NOT_FOUND = Reason("name_not_found", _FAILING, "The name does not exist, or has no address", ("host",))
TOO_SLOW = Reason("too_slow", _FAILING, "All held, but not within `max_seconds`", ("seconds", "limit"))
ADDRESS_FORBIDDEN = Reason(
    "address_forbidden", _UNKNOWN, "This place may not reach the address the name leads to", ("host", "address")
)
RESOLVER_TROUBLE = Reason("resolver_trouble", _UNKNOWN, "The place's own resolver gave no answer", ("host",))
NO_ROUTE = Reason("no_route", _UNKNOWN, "The place itself has no way to that network", ("address", "port"))
PLACE_TROUBLE = Reason("place_trouble", _UNKNOWN, "The place's own system refused: the name of the error", ("error",))
CONFIG_REFUSED = Reason(
    "config_refused", _UNKNOWN, "The place does not understand the configuration; `field` names the part", ("field",)
)
OUT_OF_TIME = Reason(
    "out_of_time", _UNKNOWN, "The place's own system was not done looking within the timeout", ("seconds",)
)
CRASHED = Reason("crashed", _UNKNOWN, "A fault in the check itself: the name of the error", ("error",))
CHECK_UNKNOWN = Reason("check_unknown", _UNKNOWN, "The place knows no such check", ("kind",))
FORBIDDEN_HERE = Reason("forbidden_here", _UNKNOWN, "The machine's owner does not allow this check", ("kind",))
HUNG = Reason("hung", _UNKNOWN, "The check did not come back after its timeout; it was left behind", ("seconds",))
NOT_RUN = Reason("not_run", _UNKNOWN, "Its turn passed: too many others were under way at this place", ())

# What any check may end with. The last five come from the place, not from the check.
COMMON_REASONS = (
    OK,
    TIMEOUT,
    REFUSED,
    UNREACHABLE,
    CLOSED,
    NAME_NOT_FOUND,
    TOO_SLOW,
    ADDRESS_FORBIDDEN,
    RESOLVER_TROUBLE,
    NO_ROUTE,
    PLACE_TROUBLE,
    OUT_OF_TIME,
    CRASHED,
    CONFIG_REFUSED,
    CHECK_UNKNOWN,
    FORBIDDEN_HERE,
    HUNG,
    NOT_RUN,
)
