# SPDX-License-Identifier: Apache-2.0
"""How urgent a ticket is: impact × urgency, as ITIL has it. Pure.

Both run from 1, the most, to 3, the least."""

from collections.abc import Mapping
from typing import Final

HIGH, MEDIUM, LOW = 1, 2, 3
MATRIX: Final[Mapping[tuple[int, int], str]] = {
    (HIGH, HIGH): "P1",
    (HIGH, MEDIUM): "P2",
    (HIGH, LOW): "P3",
    (MEDIUM, HIGH): "P2",
    (MEDIUM, MEDIUM): "P3",
    (MEDIUM, LOW): "P4",
    (LOW, HIGH): "P3",
    (LOW, MEDIUM): "P4",
    (LOW, LOW): "P4",
}


def priority_of(impact: int, urgency: int) -> str:
    """P1 to P4. Raises KeyError outside 1 to 3."""
    return MATRIX[impact, urgency]
