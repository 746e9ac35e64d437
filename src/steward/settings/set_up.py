# SPDX-License-Identifier: Apache-2.0
"""Setting Django up in a process of its own, with a word to Python's collector of garbage.

Two thousand modules make a million objects that stay until the process ends. A collector that runs meanwhile, and goes through
them again at every full round afterwards, takes a fifth of a start and as much of many a request."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import django

# New objects before the young are looked at, and rounds of one age before the next: a page makes some ten thousand.
THRESHOLDS: Final = (10_000, 10, 10)


def set_up() -> None:
    """Set Django up; what it made is no longer gone through."""
    with collector_resting():
        django.setup()


@contextmanager
def collector_resting() -> Iterator[None]:
    """For a block that makes what stays: the collector rests, and afterwards leaves alone whatever is there."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()
