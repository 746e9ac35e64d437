# SPDX-License-Identifier: Apache-2.0
"""A clock explained: as JSON for machines, as a timeline for whoever checks it by hand."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from steward.promises.sla.clock import Reading, read
from steward.promises.sla.document import Document
from steward.promises.sla.policy import Kind
from steward.promises.sla.timeline import Segment


def explained(document: Document) -> dict[str, dict[str, Any] | None]:
    """The answer: a reading for each kind, None where the policy promises nothing."""
    found = {kind: read(document.policy, document.events, document.now, kind) for kind in Kind}
    return {kind.value: as_json(reading) if reading is not None else None for kind, reading in found.items()}


def as_json(reading: Reading) -> dict[str, Any]:
    """One reading in the names of docs/explanation/sla-clock.md."""
    return {
        "state": reading.state.value,
        "priority": reading.priority,
        "target_seconds": reading.target,
        "elapsed_seconds": reading.elapsed,
        "paused_seconds": reading.paused,
        "remaining_seconds": reading.remaining,
        "zero_at": stamp(reading.zero),
        "due_at": _stamp_or_none(reading.due),
        "met_at": _stamp_or_none(reading.met),
        "breached_at": _stamp_or_none(reading.breached),
        "superseded": [_row(each) for each in reading.superseded],
        "segments": [_segment(each) for each in reading.segments],
    }


def _row(reading: Reading) -> dict[str, Any]:
    """What stood before a change of priority: how far it had come at `until`, and its breach if it had one."""
    return {
        "priority": reading.priority,
        "target_seconds": reading.target,
        "elapsed_seconds": reading.elapsed,
        "paused_seconds": reading.paused,
        "zero_at": stamp(reading.zero),
        "until": stamp(reading.end),
        "due_at": _stamp_or_none(reading.due),
        "breached_at": _stamp_or_none(reading.breached),
    }


def _segment(each: Segment) -> dict[str, Any]:
    return {"from": stamp(each.begin), "to": stamp(each.end), "counts": each.counts, "why": each.why}


def lines(answer: dict[str, dict[str, Any] | None]) -> Iterator[str]:
    """The answer as a timeline to read."""
    for kind, reading in answer.items():
        if reading is None:
            yield f"{kind}: nothing is promised for this priority"
            continue
        yield (
            f"{kind}: {reading['state']} ({reading['priority']}): {spoken(reading['elapsed_seconds'])} of "
            f"{spoken(reading['target_seconds'])} used, {_left(reading['remaining_seconds'])}"
        )
        for name, label in (("zero_at", "from"), ("due_at", "due"), ("met_at", "met"), ("breached_at", "breached")):
            if reading[name] is not None:
                yield f"  {label:<9}{reading[name]}"
        for row in reading["superseded"]:
            broke = f", breached {row['breached_at']}" if row["breached_at"] else ""
            yield f"  before   {row['zero_at']} to {row['until']} as {row['priority']}: {spoken(row['elapsed_seconds'])} used{broke}"
        for each in reading["segments"]:
            mark = "+" if each["counts"] else " "
            yield f"  {mark} {each['from']}  {each['to']}  {each['why']}"


def spoken(seconds: int) -> str:
    """ "2 h 05 min", "15 min", "40 s"."""
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02} min" + (f" {left:02} s" if left else "")
    if minutes:
        return f"{minutes} min" + (f" {left:02} s" if left else "")
    return f"{left} s"


def _left(remaining: int) -> str:
    return f"{spoken(remaining)} left" if remaining >= 0 else f"{spoken(-remaining)} over"


def stamp(at: int) -> str:
    """An instant as UTC with Z."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _stamp_or_none(at: int | None) -> str | None:
    return stamp(at) if at is not None else None
