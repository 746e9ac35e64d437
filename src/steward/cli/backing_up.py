# SPDX-License-Identifier: Apache-2.0
"""What the command line shows while a backup is made, read back or restored."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from steward.cli.refusal import Refusal
from steward.core.recovery.process import RecoveryRefused, Taken

SHOWN_EVERY = 0.2


def progress_line() -> Callable[[Taken], None]:
    """Writes how far it is over the same line of a terminal; nothing where there is none."""
    if not sys.stderr.isatty():
        return lambda _: None
    shown = [0.0]

    def say(taken: Taken) -> None:
        now = time.monotonic()
        if now - shown[0] < SHOWN_EVERY and taken.done < taken.total:
            return
        shown[0] = now
        end = "\n" if taken.done >= taken.total else ""
        print(
            f"\r  {taken.done / 1024**2:,.0f} of {taken.total / 1024**2:,.0f} MB", end=end, file=sys.stderr, flush=True
        )

    return say


@contextmanager
def refusing() -> Iterator[None]:
    """Turn the room's refusals into the command line's."""
    try:
        yield
    except RecoveryRefused as refused:
        raise Refusal(str(refused)) from None
