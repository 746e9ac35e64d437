# SPDX-License-Identifier: Apache-2.0
"""Blocks in ClickHouse's Native format, encoded from numpy arrays: the cheapest way in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Values: TypeAlias = "NDArray[Any] | Sequence[Any]"

_FIXED: Final[dict[str, str]] = {
    "UInt8": "u1", "UInt16": "<u2", "UInt32": "<u4", "UInt64": "<u8",
    "Int8": "i1", "Int16": "<i2", "Int32": "<i4", "Int64": "<i8",
    "Float32": "<f4", "Float64": "<f8",
    "DateTime": "<u4",  # seconds
    "DateTime64(3)": "<i8",  # milliseconds
}  # fmt: skip
_STRING_MAP: Final = "Map(String, String)"
_SHORT: Final = 0x80


class BadBlock(ValueError):
    """A column that can't be encoded; the text names the column."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its ClickHouse type and its values.

    Types: the integers, floats, `DateTime` (seconds), `DateTime64(3)` (milliseconds), `String` (str or bytes) and
    `Map(String, String)` (mappings). Low-cardinality columns take their plain type; the engine converts.
    """

    type: str
    values: Values


def encode_block(columns: Mapping[str, Column]) -> bytes:
    """One Native block of the columns in their order. Raises BadBlock for unequal lengths and values out of range."""
    if not columns:
        raise BadBlock("a block needs a column")
    sizes = {name: len(column.values) for name, column in columns.items()}
    size = next(iter(sizes.values()))
    for name, each in sizes.items():
        if each != size:
            raise BadBlock(f"{name}: {each} values where the first column has {size}")
    parts = [_varint(len(columns)), _varint(size)]
    for name, column in columns.items():
        parts += [_text(name), _text(column.type), _body(name, column)]
    return b"".join(parts)


def _body(name: str, column: Column) -> bytes:
    if column.type in _FIXED:
        return _fixed(name, column)
    if column.type == "String":
        return _strings(column.values)
    if column.type == _STRING_MAP:
        return _maps(column.values)
    raise BadBlock(f"{name}: the type {column.type} is not encoded here")


def _fixed(name: str, column: Column) -> bytes:
    wanted = np.dtype(_FIXED[column.type])
    given = _array(name, column, wanted)
    if given.dtype == wanted:
        return given.tobytes()
    if not given.size:
        return b""
    if given.dtype.kind == "M" and wanted.kind == "i":
        return given.astype("datetime64[ms]").astype("<i8").tobytes()
    if given.dtype.kind not in "iufb":
        raise BadBlock(f"{name}: {given.dtype} can't be {column.type}")
    if wanted.kind in "iu":
        _check_range(name, given, wanted, column.type)
    return given.astype(wanted).tobytes()


def _array(name: str, column: Column, wanted: np.dtype[Any]) -> NDArray[Any]:
    given = np.asarray(column.values)
    if wanted.kind == "u" and given.dtype.kind == "f" and all(isinstance(each, int) for each in column.values):
        # numpy makes floats of whole numbers that fit neither of its signed and unsigned types together.
        try:
            return np.array(column.values, dtype=wanted)
        except OverflowError:
            raise BadBlock(f"{name}: a value is out of the range of {column.type}") from None
    return given


def _check_range(name: str, given: NDArray[Any], wanted: np.dtype[Any], type_name: str) -> None:
    if given.dtype.kind == "f":
        raise BadBlock(f"{name}: fractions can't be {type_name}")
    bounds = np.iinfo(wanted)
    if int(given.min()) < bounds.min or int(given.max()) > bounds.max:
        raise BadBlock(f"{name}: a value is out of the range of {type_name}")


def _strings(values: Iterable[Any]) -> bytes:
    parts: list[bytes] = []
    for value in values:
        raw = value.encode() if isinstance(value, str) else bytes(value)
        parts.append(_varint(len(raw)))
        parts.append(raw)
    return b"".join(parts)


def _maps(values: Iterable[Mapping[str, str]]) -> bytes:
    keys: list[str] = []
    texts: list[str] = []
    ends: list[int] = []
    for each in values:
        keys.extend(each.keys())
        texts.extend(each.values())
        ends.append(len(keys))
    return np.array(ends, dtype="<u8").tobytes() + _strings(keys) + _strings(texts)


def _text(value: str) -> bytes:
    raw = value.encode()
    return _varint(len(raw)) + raw


def _varint(value: int) -> bytes:
    if value < _SHORT:
        return bytes((value,))
    out = bytearray()
    while value >= _SHORT:
        out.append(value & 0x7F | _SHORT)
        value >>= 7
    out.append(value)
    return bytes(out)
