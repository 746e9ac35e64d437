# SPDX-License-Identifier: Apache-2.0
"""The door of audit."""

from steward.core.audit.anchors import BadAnchor, SignedHead, local_anchors, read_anchors
from steward.core.audit.chain import Finding
from steward.core.audit.export import AnchorState, anchor_state, export_anchor
from steward.core.audit.models import Anchor, Entry
from steward.core.audit.record import SecretInAudit, audit
from steward.core.audit.verify import Report, verify

__all__ = [
    "Anchor",
    "AnchorState",
    "BadAnchor",
    "Entry",
    "Finding",
    "Report",
    "SecretInAudit",
    "SignedHead",
    "anchor_state",
    "audit",
    "export_anchor",
    "local_anchors",
    "read_anchors",
    "verify",
]
