# SPDX-License-Identifier: Apache-2.0
"""A batch of samples on the wire: a fixed header, then three columns, all little endian.

    offset  size  header (`HEADER`, 40 bytes, never compressed)
         0     2  magic "ST"
         2     1  version
         3     1  flags: bits 0-1 the codec of the columns (0 none, 1 LZ4 block without size, 2 zstd); others zero
         4    16  boot id: one start of the agent
        20     8  sequence: u64, grows with every batch, never reused
        28     4  n: u32, 1 to MAX_SAMPLES
        32     8  base: i64, unix time in ms

    offset  size  columns (16 n bytes once uncompressed)
         0    4n  series id: u32, as given by /v1/register
        4n    4n  time: i32, ms after base
        8n    8n  value: f64, finite

The columns need no parsing: `numpy.frombuffer(plain, "<u4", n)`, `("<i4", n, 4 * n)`, `("<f8", n, 8 * n)`.
"""

import math
import struct
import sys
from array import array
from dataclasses import dataclass
from enum import IntEnum

import cramjam

from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.versions import VERSION, check_version

HEADER = struct.Struct("<2sBB16sQIq")
HEADER_SIZE = HEADER.size
MAGIC = b"ST"
BOOT_ID_BYTES = 16
MAX_SEQUENCE = 2**63 - 1
SAMPLE_SIZE = 16
MAX_SAMPLES = 20_000
# Compressed columns must be smaller than plain ones, so this bounds every body.
MAX_BODY_BYTES = HEADER_SIZE + SAMPLE_SIZE * MAX_SAMPLES
MAX_DELTA_MS = 2**31 - 1
_CODEC_MASK = 0b11


class Codec(IntEnum):
    """LZ4 costs the gateway 3 µs a batch, zstd 30 µs and halves the bytes: LZ4 near, zstd far."""

    NONE = 0
    LZ4 = 1
    ZSTD = 2


@dataclass(frozen=True, slots=True)
class Header:
    """What a batch says about itself. `count` is the number of samples, `base_ms` unix time."""

    version: int
    codec: Codec
    boot_id: bytes
    sequence: int
    count: int
    base_ms: int


@dataclass(frozen=True, slots=True)
class Columns:
    """Samples by column, of equal length: `ids` array("I"), `deltas` array("i") in ms, `values` array("d")."""

    ids: "array[int]"
    deltas: "array[int]"
    values: "array[float]"


def encode_samples(boot_id: bytes, sequence: int, base_ms: int, columns: Columns, codec: Codec = Codec.NONE) -> bytes:
    """One batch. Falls back to no compression where `codec` would not make it smaller.

    Raises:
        ProtocolError: for columns of unequal length, none or too many samples, a value that is not finite.
    """
    count = len(columns.ids)
    if not count == len(columns.deltas) == len(columns.values):
        raise ProtocolError("columns", "must be equally long")
    if not 1 <= count <= MAX_SAMPLES:
        raise ProtocolError("n", f"must be 1 to {MAX_SAMPLES}")
    if len(boot_id) != BOOT_ID_BYTES:
        raise ProtocolError("boot id", f"must be {BOOT_ID_BYTES} bytes")
    if not all(map(math.isfinite, columns.values)):
        raise ProtocolError("value", "must be finite")
    plain = b"".join((_little(columns.ids), _little(columns.deltas), _little(columns.values)))
    codec, payload = _compressed(plain, codec)
    return HEADER.pack(MAGIC, VERSION, codec, boot_id, sequence, count, base_ms) + payload


def read_header(body: bytes) -> Header:
    """The header of `body`, with everything checked that can be without uncompressing.

    Raises:
        ProtocolError: naming what is wrong.
    """
    if len(body) < HEADER_SIZE:
        raise ProtocolError("header", f"must be {HEADER_SIZE} bytes")
    magic, version, flags, boot_id, sequence, count, base_ms = HEADER.unpack_from(body)
    if magic != MAGIC:
        raise ProtocolError("magic", "is not that of a batch of samples")
    check_version(version)
    if flags & ~_CODEC_MASK or flags > Codec.ZSTD:
        raise ProtocolError("flags", f"{flags:#04x} is not understood")
    if not 1 <= count <= MAX_SAMPLES:
        raise ProtocolError("n", f"must be 1 to {MAX_SAMPLES}")
    if sequence > MAX_SEQUENCE:
        raise ProtocolError("sequence", f"must be at most {MAX_SEQUENCE}")
    codec = Codec(flags)
    size, plain = len(body) - HEADER_SIZE, SAMPLE_SIZE * count
    if size > plain or (codec is Codec.NONE and size != plain):
        raise ProtocolError("columns", f"{size} bytes for {count} samples of {SAMPLE_SIZE}")
    return Header(version, codec, boot_id, sequence, count, base_ms)


def read_columns(body: bytes, header: Header) -> bytes:
    """The three columns uncompressed: exactly `16 * header.count` bytes, whatever `body` claims.

    Raises:
        ProtocolError: when they are not.
    """
    packed = body[HEADER_SIZE:]
    if header.codec is Codec.NONE:
        return packed
    plain = bytearray(SAMPLE_SIZE * header.count)
    try:
        if header.codec is Codec.LZ4:
            size = cramjam.lz4.decompress_block_into(packed, plain)
        else:
            size = cramjam.zstd.decompress_into(packed, plain)
    except cramjam.DecompressionError:
        raise ProtocolError("columns", f"are not {header.codec.name} of {len(plain)} bytes") from None
    if size != len(plain):
        raise ProtocolError("columns", f"hold {size} bytes instead of {len(plain)}")
    return bytes(plain)


def decode_samples(body: bytes) -> tuple[Header, Columns]:
    """A whole batch into arrays; the gateway slices instead.

    Raises:
        ProtocolError: for anything that is not a batch.
    """
    header = read_header(body)
    plain, count = read_columns(body, header), header.count
    ids, deltas, values = array("I"), array("i"), array("d")
    ids.frombytes(plain[: 4 * count])
    deltas.frombytes(plain[4 * count : 8 * count])
    values.frombytes(plain[8 * count :])
    if sys.byteorder == "big":
        for column in (ids, deltas, values):
            column.byteswap()
    if not all(map(math.isfinite, values)):
        raise ProtocolError("value", "must be finite")
    return header, Columns(ids, deltas, values)


def _little(column: "array[int] | array[float]") -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _compressed(plain: bytes, codec: Codec) -> tuple[Codec, bytes]:
    if codec is Codec.NONE:
        return codec, plain
    lz4 = codec is Codec.LZ4
    packed = bytes(cramjam.lz4.compress_block(plain, store_size=False) if lz4 else cramjam.zstd.compress(plain, 3))
    return (codec, packed) if len(packed) < len(plain) else (Codec.NONE, plain)
