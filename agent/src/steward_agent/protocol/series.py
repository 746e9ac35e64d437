# SPDX-License-Identifier: Apache-2.0
"""Series are registered once: a list of (metric name, labels) against as many ids, in the same order."""

import sys
from array import array
from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.packing import decoded, pack, unpack
from steward_agent.protocol.text import Line

MAX_SERIES = 5_000
MAX_LABELS = 16
MAX_REGISTER_BYTES = 4 * 1024 * 1024
ID_BYTES = 4

Name = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"\A[a-zA-Z_][a-zA-Z0-9_.:]*\Z")]
LabelName = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"\A[a-zA-Z_][a-zA-Z0-9_.]*\Z")]
Labels = Annotated[dict[LabelName, Line], Meta(max_length=MAX_LABELS)]


class Series(msgspec.Struct, array_like=True, frozen=True):
    """One series of a machine: the metric's name and what tells it from its like (`{"mount": "/"}`)."""

    name: Name
    labels: Labels = {}


_decoder = msgspec.msgpack.Decoder(Annotated[list[Series], Meta(min_length=1, max_length=MAX_SERIES)])


def encode_register(series: Sequence[Series]) -> bytes:
    return pack(msgspec.msgpack.encode(series))


def decode_register(body: bytes) -> list[Series]:
    """The series of `POST /v1/register`, 1 to MAX_SERIES.

    Raises:
        ProtocolError: for anything else.
    """
    return decoded(_decoder, unpack(body, MAX_REGISTER_BYTES, "series"), "series")


def encode_ids(ids: Sequence[int]) -> bytes:
    """The answer: u32 little endian, in the order asked."""
    column = array("I", ids)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tobytes()


def decode_ids(body: bytes, count: int) -> list[int]:
    """The `count` ids of an answer.

    Raises:
        ProtocolError: for another number of them.
    """
    if len(body) != ID_BYTES * count:
        raise ProtocolError("ids", f"{len(body)} bytes for {count} series")
    column = array("I")
    column.frombytes(body)
    if sys.byteorder == "big":
        column.byteswap()
    return column.tolist()
