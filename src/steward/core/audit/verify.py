# SPDX-License-Identifier: Apache-2.0
"""Looking whether the audit still is what was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction

from steward.core.audit.anchors import SignedHead, local_anchors, read_anchors
from steward.core.audit.chain import START, Finding, Row, check
from steward.core.audit.models import Anchor
from steward.core.audit.named import QUERIES
from steward.core.tenancy.public import scoped, system_scope

MAX_FINDINGS = 1000
CHUNK = 2000


@dataclass(slots=True)
class Report:
    """What a verification saw: how many links it walked, where the chain ends, which anchors it was held against."""

    checked: int = 0
    head: int = 0
    anchors: int = 0
    anchored_to: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not self.findings


def verify(anchors: Sequence[SignedHead] | None = None, *, from_anchor: SignedHead | None = None) -> Report:
    """Walk the chain and hold it against its anchors: the given ones (without, those kept on this machine), and those that
    the ledger still knows.

    With `from_anchor` the walk begins after it; what lies before is vouched for by that anchor alone. Streams: memory does
    not grow with the audit. At most 1,000 findings are told.
    """
    report = Report()
    if anchors is None:
        anchors = read_anchors(local_anchors()) if local_anchors().exists() else []
    with scoped(system_scope("audit.verify")), transaction.atomic():
        known = [*anchors, *([from_anchor] if from_anchor else []), *_stored()]
        start, prev = (from_anchor.seq, bytes.fromhex(from_anchor.hash)) if from_anchor else (0, START)
        _add(report, check(_counted(report, start), after=start, prev=prev))
        _add(report, (Finding("unsealed", 0, f"entry {entry}") for entry in _unsealed()))
        report.head = _head()
        _add(report, _against(known, report))
    return report


def _against(known: Sequence[SignedHead], report: Report) -> Iterator[Finding]:
    for anchor in {(each.seq, each.hash, each.signature): each for each in known}.values():
        report.anchors += 1
        if not anchor.genuine:
            yield Finding("anchor_forged", anchor.seq, "not signed by this installation's key")
            continue
        report.anchored_to = max(report.anchored_to, anchor.seq)
        found = _hash_at(anchor.seq)
        if found is None:
            yield Finding(
                "truncated", anchor.seq, f"anchored on {anchor.at:%Y-%m-%d}, but the chain ends at {report.head}"
            )
        elif found.hex() != anchor.hash:
            yield Finding("anchor_mismatch", anchor.seq, f"anchored on {anchor.at:%Y-%m-%d} with another hash")


def _counted(report: Report, after: int) -> Iterator[Row]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(QUERIES["links"], {"after": after})
        while rows := cursor.fetchmany(CHUNK):
            report.checked += len(rows)
            yield from rows


def _add(report: Report, findings: Iterator[Finding]) -> None:
    for finding in findings:
        if len(report.findings) < MAX_FINDINGS:
            report.findings.append(finding)


def _unsealed() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["unsealed"])
        return [entry for (entry,) in cursor.fetchall()]


def _head() -> int:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["head"])
        row = cursor.fetchone()
    return row[0] if row else 0


def _hash_at(seq: int) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(QUERIES["at"], {"seq": seq})
        row = cursor.fetchone()
    return bytes(row[0]) if row else None


def _stored() -> list[SignedHead]:
    kept = Anchor.objects.order_by("-at")[:400]
    return [SignedHead(each.seq, each.hash, each.at, "", each.signature) for each in kept]
