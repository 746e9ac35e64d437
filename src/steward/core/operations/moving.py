# SPDX-License-Identifier: Apache-2.0
"""Who hears that long work moved. An event would be a job for every step of a progress bar; this is a call within its transaction."""

from collections.abc import Callable

from steward.core.operations.models import Operation

Hear = Callable[[Operation], None]
_hearers: list[Hear] = []


def when_moved(hear: Hear) -> Hear:
    """Have `hear` called with every piece of long work that began, moved, was told to stop or ended, in the transaction that
    writes it. It must be quick, and its failure would undo the step."""
    _hearers.append(hear)
    return hear


def moved(operation: Operation) -> None:
    """Tell everybody who wants to hear of it."""
    for hear in _hearers:
        hear(operation)
