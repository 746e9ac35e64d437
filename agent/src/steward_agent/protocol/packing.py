# SPDX-License-Identifier: Apache-2.0
"""Bytes in and out: zstd with a bound on what comes out, msgpack and JSON with one typed error."""

from typing import Protocol, TypeVar

import cramjam
import msgspec

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.text import printable

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")
_FIRST_GUESS = 64 * 1024
_ZSTD_LEVEL = 3


class Decoder(Protocol[T_co]):
    """What msgspec's JSON and msgpack decoders have in common."""

    def decode(self, buf: bytes, /) -> T_co: ...


def pack(plain: bytes) -> bytes:
    return bytes(cramjam.zstd.compress(plain, _ZSTD_LEVEL))


def unpack(packed: bytes, limit: int, field: str) -> bytes:
    """The zstd-compressed content of `packed`, at most `limit` bytes.

    Memory stays below `limit` whatever the input claims, so a bomb costs nothing.

    Raises:
        ProtocolError: naming `field`, for bytes that are not zstd or hold more than `limit`.
    """
    if len(packed) > limit:
        raise ProtocolError(field, f"more than {limit} bytes")
    room = min(limit, max(_FIRST_GUESS, 4 * len(packed)))
    while True:
        plain = bytearray(room)
        try:
            size = cramjam.zstd.decompress_into(packed, plain)
        except cramjam.DecompressionError:
            if room == limit:
                raise ProtocolError(field, f"not zstd, or more than {limit} bytes inside") from None
            room = min(limit, room * 8)
        else:
            return bytes(memoryview(plain)[:size])


def decoded(decoder: Decoder[T], plain: bytes, field: str) -> T:
    """What `decoder` reads from `plain`.

    Raises:
        ProtocolError: for anything that does not follow the type. A nest too deep for the parser's stack and a length
            that claims more memory than there is count as that too.
    """
    try:
        return decoder.decode(plain)
    except msgspec.DecodeError as error:
        reason, _, path = str(error).partition(" - at `$")
        raise ProtocolError(printable(field + path.rstrip("`"), 128), printable(reason)) from None
    except (RecursionError, MemoryError, OverflowError, UnicodeDecodeError) as error:
        raise ProtocolError(field, f"can't be read ({type(error).__name__})") from None
