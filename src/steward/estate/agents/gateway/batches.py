# SPDX-License-Identifier: Apache-2.0
"""From batches as they came to one block of samples: pure, without a loop over samples.

A batch is taken whole or refused whole, but for samples whose time can't be right: those are set aside, counted by reason,
since the agent could never send them better."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from steward_agent.protocol.errors import ProtocolError
from steward_agent.protocol.samples import Header, read_columns

AHEAD_MS = 5 * 60 * 1000
KEPT_MS = 90 * 24 * 3600 * 1000

U32 = npt.NDArray[np.uint32]
I64 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class BatchId(NamedTuple):
    """What a batch keeps for ever, together with its content."""

    agent_id: int
    boot: bytes
    sequence: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A signed batch, its columns still packed in `body`."""

    id: BatchId
    header: Header
    body: bytes


@dataclass(frozen=True, slots=True)
class Owners:
    """By series id: the agent that may write it (0: nobody), and the client its samples belong to."""

    agent: U32
    client: U32


@dataclass(slots=True)
class SetAside:
    """Samples of one batch that were not stored, by reason."""

    counts: dict[str, int] = field(default_factory=dict)
    first_ms: int = 0
    last_ms: int = 0


@dataclass(frozen=True, slots=True)
class Block:
    """What is to be stored, by column: client, series id, unix ms, value."""

    client: U32
    sid: U32
    ts: I64
    v: npt.NDArray[np.float64]

    @property
    def token(self) -> str:
        """Names the block by its content: the same block has the same token after any restart, another never has."""
        digest = hashlib.blake2b(digest_size=20)
        for column in (self.client, self.sid, self.ts, self.v):
            digest.update(np.ascontiguousarray(column).data)
        return digest.hexdigest()


@dataclass(slots=True)
class Judged:
    """What became of the batches of a flush.

    `block` is None when nothing is to be stored. `unknown` holds batches with a series that isn't their agent's,
    `malformed` those that can't be read, with the reason; every other batch is safe once the block is.
    """

    block: Block | None = None
    unknown: set[BatchId] = field(default_factory=set)
    malformed: dict[BatchId, str] = field(default_factory=dict)
    set_aside: dict[BatchId, SetAside] = field(default_factory=dict)
    newest_ms: int = 0

    @property
    def rows(self) -> int:
        """How many samples are to be stored."""
        return 0 if self.block is None else len(self.block.sid)


def judge(batches: Sequence[Batch], owners: Owners, now_ms: int) -> Judged:
    """Sort out what may be stored, and put it into one block of (client, sid, ts, v)."""
    judged = Judged()
    kept, ids, deltas, values = _columns(batches, judged)
    if not kept:
        return judged
    counts = np.array([batch.header.count for batch in kept], np.int64)
    sid = np.frombuffer(ids, "<u4")
    ts = np.frombuffer(deltas, "<i4").astype(np.int64)
    ts += np.repeat(np.array([_base(batch.header.base_ms) for batch in kept], np.int64), counts)
    v = np.frombuffer(values, "<f8")
    within = sid < len(owners.agent)
    known = np.where(within, sid, 0)
    agents = np.repeat(np.array([batch.id.agent_id for batch in kept], np.uint32), counts)
    own = within & (owners.agent[known] == agents)
    future, old, odd = ts > now_ms + AHEAD_MS, ts < now_ms - KEPT_MS, ~np.isfinite(v)
    take = own & ~(future | old | odd)
    if not take.all():
        bad = _foreign(kept, counts, own, judged)
        take &= ~bad
        _set_aside(
            kept,
            counts,
            ts,
            own & ~bad,
            {"future": future, "too_old": old & ~future, "not_finite": odd & ~old & ~future},
            judged,
        )
        sid, ts, v, known = sid[take], ts[take], v[take], known[take]
    if len(sid):
        judged.newest_ms = int(ts.max())
        judged.block = Block(owners.client[known], sid, ts, v)
    return judged


def _columns(batches: Sequence[Batch], judged: Judged) -> tuple[list[Batch], bytes, bytes, bytes]:
    kept: list[Batch] = []
    ids, deltas, values = [], [], []
    for batch in batches:
        try:
            plain = read_columns(batch.body, batch.header)
        except ProtocolError as error:
            judged.malformed[batch.id] = str(error)
            continue
        size = 4 * batch.header.count
        kept.append(batch)
        ids.append(plain[:size])
        deltas.append(plain[size : 2 * size])
        values.append(plain[2 * size :])
    return kept, b"".join(ids), b"".join(deltas), b"".join(values)


def _base(base_ms: int) -> int:
    # A sum with a 32-bit delta must stay within 64 bits; whatever is cut here is set aside by its time anyway.
    return max(-(2**62), min(base_ms, 2**62))


def _foreign(kept: Sequence[Batch], counts: I64, own: Mask, judged: Judged) -> Mask:
    """Mark all samples of batches that hold a series which isn't their agent's."""
    ends = np.cumsum(counts)
    foreign = np.add.reduceat(~own, ends - counts) > 0
    judged.unknown.update(batch.id for batch, bad in zip(kept, foreign, strict=True) if bad)
    return np.repeat(foreign, counts)


def _set_aside(
    kept: Sequence[Batch], counts: I64, ts: I64, considered: Mask, reasons: dict[str, Mask], judged: Judged
) -> None:
    starts = np.cumsum(counts) - counts
    for reason, mask in reasons.items():
        per_batch = np.add.reduceat(mask & considered, starts, dtype=np.int64)
        for index in np.flatnonzero(per_batch).tolist():
            batch, start = kept[index], starts[index]
            times = ts[start : start + counts[index]][(mask & considered)[start : start + counts[index]]]
            entry = judged.set_aside.setdefault(batch.id, SetAside())
            entry.first_ms = min(entry.first_ms, int(times.min())) if entry.counts else int(times.min())
            entry.last_ms = max(entry.last_ms, int(times.max())) if entry.counts else int(times.max())
            entry.counts[reason] = int(per_batch[index])
