# SPDX-License-Identifier: Apache-2.0
"""As much of NTP as one question takes (RFC 5905, RFC 4330): messages to and from bytes, and its arithmetic. Pure.

Instants are NTP's 64 bits: seconds since 1900 and 32 bits of their fraction, which begin anew in 2036. Only differences
are formed, of less than 68 years, so that this does not matter.
"""

import struct
from dataclasses import dataclass
from typing import Final

# Seconds from 1900 to 1970.
_EPOCH: Final = 2_208_988_800
_MESSAGE: Final = struct.Struct("!BBbb2I4s4Q")
_VERSION, _CLIENT, _SERVER = 4, 3, 4
_UNSYNCHRONISED: Final = 3
_MOST_STRATUM: Final = 15
# RFC 5905, 11.1: a server farther than that from the source of its time is of no use.
MAX_DISTANCE_S: Final = 1.5
# What rounding and two clocks may make of a delay of nothing.
_LEAST_DELAY_S: Final = -0.01


@dataclass(frozen=True, slots=True)
class Reply:
    """`origin` is what the question had as its time; `received` and `sent` are the server's instants.

    `reference` are the 4 bytes that name the server's source, or a kiss code. `distance` in seconds.
    """

    leap: int
    stratum: int
    distance: float
    reference: bytes
    origin: int
    received: int
    sent: int

    @property
    def kiss(self) -> str:
        """The code of a kiss-o'-death (RATE, DENY …); empty for none."""
        code = self.reference.rstrip(b"\0")
        return code.decode("ascii") if self.stratum == 0 and code.isalpha() and code.isascii() else ""

    @property
    def fault(self) -> str:
        """Why its time is worth nothing: leap, stratum, distance or time; empty where it is."""
        if self.leap == _UNSYNCHRONISED:
            return "leap"
        if not 1 <= self.stratum <= _MOST_STRATUM:
            return "stratum"
        if self.distance > MAX_DISTANCE_S:
            return "distance"
        return "" if self.received and self.sent and between(self.received, self.sent) >= 0 else "time"


def query(mark: int) -> bytes:
    """A client's question. `mark` (64 bits) stands where its time would: the server repeats it, and learns no clock."""
    return _MESSAGE.pack(_VERSION << 3 | _CLIENT, 0, 0, 0, 0, 0, b"", 0, 0, 0, mark)


def read_reply(message: bytes) -> Reply | None:
    """None for what no server of NTP says."""
    if len(message) < _MESSAGE.size:
        return None
    first, stratum, _, _, delay, dispersion, reference, _, origin, received, sent = _MESSAGE.unpack_from(message)
    if first & 7 != _SERVER or not 1 <= first >> 3 & 7 <= _VERSION:
        return None
    distance = (delay / 2 + dispersion) / (1 << 16)
    return Reply(first >> 6, stratum, distance, reference, origin, received, sent)


def instant(seconds: float) -> int:
    """Of seconds since 1970."""
    return round((seconds + _EPOCH) * (1 << 32)) % (1 << 64)


def between(before: int, after: int) -> float:
    """Seconds from one instant to another, less than 68 years to either side."""
    gone = (after - before) % (1 << 64)
    return (gone - (1 << 64) if gone >= 1 << 63 else gone) / (1 << 32)


def judged(reply: Reply, asked: float, took: float) -> tuple[float, float] | None:
    """Offset and delay in seconds: what must be added to the clock that said `asked` (since 1970), and the way to and fro.

    `took` are the seconds until the answer. None where the server's instants can't be true.
    """
    there, back = between(instant(asked), reply.received), between(instant(asked + took), reply.sent)
    delay = took - between(reply.received, reply.sent)
    return None if delay < _LEAST_DELAY_S else ((there + back) / 2, max(delay, 0.0))
