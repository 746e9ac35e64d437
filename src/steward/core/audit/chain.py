# SPDX-License-Identifier: Apache-2.0
"""The hash chain, computed from the columns alone: values in, findings out, without trust in the database's own functions."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

START = b"\x00"

# (seq, prev, hash, and the entry's columns as texts, in the order of `audit.canonical`; the first of them null: no entry)
Row = tuple[int, bytes, bytes, "str | None", *tuple["str | None", ...]]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong at `seq`. Kinds: bad_hash, bad_link, missing_sequence, missing_entry, unsealed, anchor_mismatch,
    truncated, anchor_forged."""

    kind: str
    seq: int
    detail: str = ""


def canonical(columns: Iterable[str | None]) -> str:
    """The text that is hashed: PostgreSQL's jsonb_build_array(...)::text of the same values."""
    return json.dumps(list(columns), ensure_ascii=False)


def digest(prev: bytes, seq: int, columns: Iterable[str | None]) -> bytes:
    """The hash of a link: of the one before, the sequence number and the entry."""
    return hashlib.sha256(prev + f"{seq}:{canonical(columns)}".encode()).digest()


def check(rows: Iterable[Row], *, after: int = 0, prev: bytes = START) -> Iterator[Finding]:
    """Walk links in order from `after`, whose hash is `prev`, and tell what does not hold. Keeps one row in memory."""
    expected = after + 1
    for seq, claimed_prev, claimed_hash, *columns in rows:
        if seq != expected:
            yield Finding("missing_sequence", expected, f"{seq - expected} missing before {seq}")
        elif bytes(claimed_prev) != prev:
            yield Finding("bad_link", seq, "does not follow the link before")
        if columns[0] is None:
            yield Finding("missing_entry", seq, "its entry is gone")
        elif digest(bytes(claimed_prev), seq, columns) != bytes(claimed_hash):
            yield Finding("bad_hash", seq, f"entry {columns[0]} is not what was written")
        prev, expected = bytes(claimed_hash), seq + 1
