# SPDX-License-Identifier: Apache-2.0
"""Why a request was not granted: a code a program can act on and a sentence for a person.

The body is the REST error shape, `{"error": {"code": …, "message": …}}`, for the gateway and the web alike.
"""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded
from steward_agent.protocol.text import printable

MAX_REFUSAL_BYTES = 64 * 1024


class Refusal(StrEnum):
    """What the agent does about each stands in `steward_agent.channel`."""

    MALFORMED = "malformed"
    VERSION = "version"
    SIGNATURE = "signature"
    SESSION = "session"
    CLOCK = "clock"
    REPLAY = "replay"
    UNKNOWN_AGENT = "unknown_agent"
    PENDING = "pending"
    REVOKED = "revoked"
    UNKNOWN_SERIES = "unknown_series"
    TOO_LARGE = "too_large"
    BUSY = "busy"
    STORE_DOWN = "store_down"
    DISK_FULL = "disk_full"


STATUS: dict[Refusal, int] = {
    Refusal.MALFORMED: 400,
    Refusal.VERSION: 400,
    Refusal.SIGNATURE: 401,
    Refusal.SESSION: 401,
    Refusal.CLOCK: 401,
    Refusal.REPLAY: 401,
    Refusal.UNKNOWN_AGENT: 401,
    Refusal.PENDING: 403,
    Refusal.REVOKED: 403,
    Refusal.UNKNOWN_SERIES: 409,
    Refusal.TOO_LARGE: 413,
    Refusal.BUSY: 429,
    Refusal.STORE_DOWN: 503,
    Refusal.DISK_FULL: 507,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as received. `code` is None when the peer gave none that is known (a proxy's page, say)."""

    code: Refusal | None
    message: str


class _Error(msgspec.Struct):
    code: str = ""
    message: str = ""


class _Body(msgspec.Struct):
    error: _Error


_decoder = msgspec.json.Decoder(_Body)


def refusal_body(code: Refusal, message: str) -> bytes:
    return msgspec.json.encode(_Body(_Error(code=code.value, message=printable(message, 512))))


def read_refusal(body: bytes) -> Refused:
    """Never raises: whatever stands in the way may have answered in the server's place."""
    try:
        error = decoded(_decoder, body[:MAX_REFUSAL_BYTES], "error").error
    except ProtocolError:
        return Refused(None, "")
    code = Refusal(error.code) if error.code in Refusal._value2member_map_ else None
    return Refused(code, printable(error.message, 512))
