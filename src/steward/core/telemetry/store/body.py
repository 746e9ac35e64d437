# SPDX-License-Identifier: Apache-2.0
"""Bodies: decompressed within a bound, and multipart ones taken apart."""

import re
from dataclasses import dataclass
from typing import Any, Final

import cramjam
import numpy as np

from steward.core.telemetry.store.errors import StoreError, bad_argument, too_large

_CODECS: Final[dict[bytes, Any]] = {
    b"zstd": cramjam.zstd,
    b"lz4": cramjam.lz4,
    b"gzip": cramjam.gzip,
    b"deflate": cramjam.zlib,
    b"br": cramjam.brotli,
}
_BOUNDARY: Final = re.compile(rb'boundary="?([^";]{1,200})')
_PART_NAME: Final = re.compile(rb'\bname="([^"]{0,200})"')


def decompress(body: bytes, encoding: bytes, limit: int) -> bytes | memoryview:
    """The body without its `Content-Encoding`.

    Raises StoreError 36 for an unknown encoding or damaged bytes, 307 when more than `limit` bytes come out.
    """
    name = encoding.strip().lower()
    if name in (b"", b"identity"):
        return body
    codec = _CODECS.get(name)
    if codec is None:
        raise bad_argument(f"Unknown Content-Encoding {name.decode('ascii', 'replace')}.")
    # Memory is committed as it is written, so a bomb costs at most `limit`, and a small body next to nothing.
    room = np.empty(limit, dtype=np.uint8)
    try:
        size = codec.decompress_into(body, room)
    except cramjam.DecompressionError as failure:
        if "whole buffer" in str(failure):
            raise too_large(f"The body is over {limit} bytes when decompressed.") from None
        raise StoreError(271, "CANNOT_DECOMPRESS", f"The body is not {name.decode()}: {failure}.") from None
    return room[:size].data


@dataclass(frozen=True, slots=True)
class ExternalTable:
    """A table that travels with its query."""

    name: str
    structure: str
    format: str
    data: bytes


def is_multipart(content_type: bytes) -> bool:
    """Whether the body holds external tables or form fields."""
    return content_type.lower().startswith(b"multipart/form-data")


def take_apart(body: bytes, content_type: bytes) -> tuple[dict[str, str], dict[str, bytes]]:
    """Fields and files of a multipart body. Raises StoreError when it has no boundary or a nameless part."""
    boundary = _BOUNDARY.search(content_type)
    if boundary is None:
        raise bad_argument("multipart/form-data without a boundary.")
    fields: dict[str, str] = {}
    tables: dict[str, bytes] = {}
    for part in body.split(b"--" + boundary.group(1))[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        name = _PART_NAME.search(head)
        if name is None:
            raise bad_argument("A part of the multipart body has no name.")
        value = value.removesuffix(b"\r\n")
        key = name.group(1).decode("utf-8", "replace")
        if b"filename=" in head:
            tables[key] = value
        else:
            fields[key] = value.decode("utf-8", "replace")
    return fields, tables


def external_tables(fields: dict[str, str], tables: dict[str, bytes]) -> list[ExternalTable]:
    """Pair every file with the structure and format named beside it; they are taken out of `fields`."""
    found = []
    for name, data in tables.items():
        structure = fields.pop(f"{name}_structure", "")
        types = fields.pop(f"{name}_types", "")
        if not structure:
            structure = ", ".join(
                f"_{number} {each}" for number, each in enumerate(types.split(","), 1) if each.strip()
            )
        if not structure:
            raise bad_argument(f"The external table {name} has neither a structure nor types.")
        found.append(ExternalTable(name, structure, fields.pop(f"{name}_format", "TabSeparated"), data))
    return found
