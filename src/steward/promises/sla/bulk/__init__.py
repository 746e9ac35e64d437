# SPDX-License-Identifier: Apache-2.0
"""Many clocks at once: events in columns in, readings in columns out, by the same rules as `clock.read`."""

from steward.promises.sla.bulk.columns import (
    FOREVER,
    KINDS,
    NOTHING,
    STATES,
    TYPES,
    Figures,
    Happened,
    Readings,
    columns,
)
from steward.promises.sla.bulk.reading import WIDEST, readings

__all__ = [
    "FOREVER",
    "KINDS",
    "NOTHING",
    "STATES",
    "TYPES",
    "WIDEST",
    "Figures",
    "Happened",
    "Readings",
    "columns",
    "readings",
]
