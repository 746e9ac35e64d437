# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class ReportIssued(Event):
    """A client was told about a month, or told again: `revision` is the number of the revision."""

    client_id: int
    report_uid: UUID
    revision: int
