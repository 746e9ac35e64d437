# SPDX-License-Identifier: Apache-2.0
"""What came of the checks an agent was given: the reason beside the samples. `POST /v1/results`.

(check, at) names a result: the same one may come again, after a lost answer, and must then change nothing.
"""

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded, pack, unpack
from steward_agent.protocol.text import Line
from steward_agent.protocol.versions import VERSION, check_version

MAX_RESULTS = 500
MAX_RESULTS_BYTES = 2 * 1024 * 1024
MAX_TEXT = 256
MAX_CHECK_KINDS = 64

CheckId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[A-Za-z0-9_.:-]+\Z")]
Slug = Annotated[str, Meta(min_length=1, max_length=48, pattern=r"\A[a-z][a-z0-9_]*\Z")]
Name = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[a-z][a-z0-9_.]*\Z")]
Millis = Annotated[int, Meta(ge=0, le=2**53)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
# Which checks an agent can run: the version of each one's configuration by its slug.
Capabilities = Annotated[dict[Slug, Annotated[int, Meta(ge=1, le=10_000)]], Meta(max_length=MAX_CHECK_KINDS)]

Parameter = str | int | float | bool


class Verdict(StrEnum):
    """UNKNOWN: it could not be looked. That is neither up nor down."""

    OK = "ok"
    FAILING = "failing"
    UNKNOWN = "unknown"

    @property
    def number(self) -> int:
        """The value of the series `check.verdict`."""
        return _NUMBERS[self]


_NUMBERS = {Verdict.OK: 0, Verdict.FAILING: 1, Verdict.UNKNOWN: 2}


class CheckResult(msgspec.Struct, frozen=True):
    """One look. `at` is its stamp on the grid and `began` when it really began, unix ms of the machine's clock.

    `seconds` is how long it took; `measured` has what the samples of the same stamp have, by the metric's name.
    """

    check: CheckId
    kind: Slug
    at: Millis
    began: Millis
    seconds: Annotated[float, Meta(ge=0, le=1e6)]
    verdict: Verdict
    reason: Slug
    parameters: Annotated[dict[Slug, Line | Whole | float | bool], Meta(max_length=8)] = {}
    measured: Annotated[dict[Name, float], Meta(max_length=16)] = {}

    def __post_init__(self) -> None:
        numbers = [self.seconds, *self.measured.values(), *self.parameters.values()]
        if not all(math.isfinite(one) for one in numbers if isinstance(one, float)):
            raise ValueError("numbers must be finite")


class Results(msgspec.Struct, frozen=True):
    """In no promised order."""

    results: Annotated[list[CheckResult], Meta(min_length=1, max_length=MAX_RESULTS)]
    version: int = VERSION


_decoder = msgspec.msgpack.Decoder(Results)
_one = msgspec.msgpack.Decoder(CheckResult)


def encode_result(result: CheckResult) -> bytes:
    """One result as it waits in a spool."""
    return msgspec.msgpack.encode(result)


def decode_result(body: bytes) -> CheckResult:
    """Raises ProtocolError for anything that is not one result."""
    return decoded(_one, body, "result")


def encode_results(bodies: Sequence[bytes]) -> bytes:
    """The message, from results that are encoded already."""
    message = {"results": [msgspec.Raw(body) for body in bodies], "version": VERSION}
    return pack(msgspec.msgpack.encode(message))


def decode_results(body: bytes) -> list[CheckResult]:
    """The results of `POST /v1/results`, 1 to MAX_RESULTS.

    Raises:
        ProtocolError: for anything else.
    """
    message = decoded(_decoder, unpack(body, MAX_RESULTS_BYTES, "results"), "results")
    check_version(message.version)
    if len({(one.check, one.at) for one in message.results}) != len(message.results):
        raise ProtocolError("results", "name the same check and time twice")
    return message.results
