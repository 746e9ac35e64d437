# SPDX-License-Identifier: Apache-2.0
"""A batch of samples: what goes in comes out, by array, by struct and by numpy; nothing else gets in."""

import struct
from array import array

import cramjam
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.samples import (
    HEADER,
    HEADER_SIZE,
    MAGIC,
    MAX_BODY_BYTES,
    MAX_SAMPLES,
    SAMPLE_SIZE,
    Codec,
    Columns,
    decode_samples,
    encode_samples,
    read_columns,
    read_header,
)

from tests.agent.protocol.garbage import campaign

BOOT = bytes(range(16))
finite = st.floats(allow_nan=False, allow_infinity=False)
rows = st.lists(
    st.tuples(st.integers(0, 2**32 - 1), st.integers(-(2**31), 2**31 - 1), finite), min_size=1, max_size=300
)


def columns_of(samples: list[tuple[int, int, float]]) -> Columns:
    ids, deltas, values = zip(*samples, strict=True)
    return Columns(array("I", ids), array("i", deltas), array("d", values))


def batch(codec: Codec = Codec.NONE, count: int = 50) -> bytes:
    columns = columns_of([(1000 + i, 0, i / 4) for i in range(count)])
    return encode_samples(BOOT, 7, 1_767_225_600_000, columns, codec)


@settings(max_examples=300, deadline=None)
@given(rows, st.sampled_from(Codec), st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1))
def test_a_batch_comes_out_as_it_went_in(samples, codec, sequence, base_ms):
    body = encode_samples(BOOT, sequence, base_ms, columns_of(samples), codec)
    header, columns = decode_samples(body)
    assert (header.boot_id, header.sequence, header.base_ms, header.count) == (BOOT, sequence, base_ms, len(samples))
    assert list(zip(columns.ids, columns.deltas, columns.values, strict=True)) == samples
    assert len(body) <= HEADER_SIZE + SAMPLE_SIZE * len(samples)


@settings(max_examples=100, deadline=None)
@given(rows, st.sampled_from(Codec))
def test_numpy_reads_the_columns_without_parsing(samples, codec):
    body = encode_samples(BOOT, 1, 0, columns_of(samples), codec)
    header = read_header(body)
    plain, n = read_columns(body, header), header.count
    ids, deltas, values = zip(*samples, strict=True)
    assert np.frombuffer(plain, "<u4", n).tolist() == list(ids)
    assert np.frombuffer(plain, "<i4", n, 4 * n).tolist() == list(deltas)
    assert np.frombuffer(plain, "<f8", n, 8 * n).tolist() == list(values)


def test_the_layout_is_the_one_written_down():
    body = encode_samples(BOOT, 0x0102030405060708, 0x1112131415161718, columns_of([(1, -2, 0.5)]))
    assert (HEADER_SIZE, SAMPLE_SIZE) == (40, 16)
    assert body == (
        b"ST\x01\x00" + BOOT + bytes.fromhex("0807060504030201 01000000 1817161514131211 01000000 feffffff")
        + struct.pack("<d", 0.5)
    )  # fmt: skip


@pytest.mark.parametrize("codec", [Codec.LZ4, Codec.ZSTD])
def test_a_batch_of_like_values_shrinks(codec):
    assert len(batch(codec, 500)) < len(batch(Codec.NONE, 500)) * 2 / 3


def test_what_would_grow_is_sent_plain():
    body = encode_samples(BOOT, 1, 0, columns_of([(3_123_456_789, -1_987_654_321, 1.1e-7)]), Codec.ZSTD)
    assert read_header(body).codec is Codec.NONE


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_value_that_is_no_number_does_not_leave(value):
    with pytest.raises(ProtocolError, match="finite"):
        encode_samples(BOOT, 1, 0, columns_of([(1, 0, value)]))


def test_a_value_that_is_no_number_does_not_enter():
    body = HEADER.pack(MAGIC, 1, 0, BOOT, 1, 1, 0) + struct.pack("<Iid", 1, 0, float("nan"))
    with pytest.raises(ProtocolError, match="finite"):
        decode_samples(body)


def header_with(**changes: int | bytes) -> bytes:
    fields = {"magic": MAGIC, "version": 1, "flags": 0, "boot": BOOT, "sequence": 1, "n": 1, "base": 0} | changes
    return HEADER.pack(*fields.values()) + bytes(16)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "header"),
        (batch()[:39], "header"),
        (header_with(magic=b"XX"), "magic"),
        (header_with(version=2), "version"),
        (header_with(version=0), "version"),
        (header_with(flags=3), "flags"),
        (header_with(flags=4), "flags"),
        (header_with(n=0), "n"),
        (header_with(n=MAX_SAMPLES + 1), "n"),
        (header_with(n=2**32 - 1), "n"),
        (header_with(n=2), "columns"),
        (header_with(sequence=2**63), "sequence"),
        (header_with() + b"\0", "columns"),
        (header_with(flags=1), "columns"),
        (header_with(flags=2), "columns"),
    ],
)
def test_a_wrong_field_is_named(body, field):
    with pytest.raises(ProtocolError) as caught:
        decode_samples(body)
    assert caught.value.field == field


@pytest.mark.parametrize("flags", [Codec.LZ4, Codec.ZSTD])
def test_a_bomb_is_refused_at_the_size_it_claims(flags):
    zeros = bytes(64 * 1024 * 1024)
    packed = cramjam.lz4.compress_block(zeros, store_size=False) if flags is Codec.LZ4 else cramjam.zstd.compress(zeros)
    n = MAX_SAMPLES
    body = HEADER.pack(MAGIC, 1, flags, BOOT, 1, n, 0) + bytes(packed)[: SAMPLE_SIZE * n]
    with pytest.raises(ProtocolError, match="columns"):
        decode_samples(body)


def test_columns_shorter_than_claimed_are_refused():
    packed = bytes(cramjam.zstd.compress(bytes(160)))
    with pytest.raises(ProtocolError, match="columns"):
        decode_samples(HEADER.pack(MAGIC, 1, Codec.ZSTD, BOOT, 1, 20, 0) + packed)


def test_the_largest_batch_fits_the_bound():
    body = batch(Codec.NONE, MAX_SAMPLES)
    assert len(body) == MAX_BODY_BYTES
    with pytest.raises(ProtocolError):
        batch(Codec.NONE, MAX_SAMPLES + 1)


@pytest.mark.parametrize("count", [400, pytest.param(10_000, marks=pytest.mark.prove)])
def test_garbage_is_refused(count):
    campaign("samples", decode_samples, [batch(codec) for codec in Codec], count)
