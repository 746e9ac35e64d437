# SPDX-License-Identifier: Apache-2.0
"""Through which states a ticket goes, and which steps there are between them. Pure."""

from collections.abc import Mapping
from typing import Final

NEW, OPEN, WAITING_CLIENT, WAITING_SUPPLIER, SCHEDULED, RESOLVED, CLOSED = (
    "new",
    "open",
    "waiting_client",
    "waiting_supplier",
    "scheduled",
    "resolved",
    "closed",
)
UNRESOLVED: Final = (NEW, OPEN, WAITING_CLIENT, WAITING_SUPPLIER, SCHEDULED)
WORKED: Final = frozenset({OPEN, WAITING_CLIENT, WAITING_SUPPLIER, SCHEDULED})

# Resolving and reopening are steps of their own, since they say why. What was closed stays so: its successor is a new ticket.
STEPS: Final[Mapping[str, frozenset[str]]] = {
    NEW: WORKED,
    OPEN: WORKED - {OPEN},
    WAITING_CLIENT: WORKED - {WAITING_CLIENT},
    WAITING_SUPPLIER: WORKED - {WAITING_SUPPLIER},
    SCHEDULED: WORKED - {SCHEDULED},
    RESOLVED: frozenset({CLOSED}),
    CLOSED: frozenset(),
}


def may_go(before: str, after: str) -> bool:
    """Whether a ticket may be set from one state to another by hand."""
    return after in STEPS.get(before, frozenset())
