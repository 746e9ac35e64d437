# SPDX-License-Identifier: Apache-2.0
"""Time in tests: wait for something with a deadline, or let a stretch of time pass that is itself what is tested."""

import os
import time
from collections.abc import Callable
from typing import Any

# A busy machine must not turn a run red: seconds are printed in every run, and held to the letter by `make prove` alone.
EXACT = os.environ.get("STEWARD_BARS") == "exact"
PATIENCE = 1.0 if EXACT else 4.0


def bar(seconds: float) -> float:
    """The seconds a bar allows in this run."""
    return seconds * PATIENCE


def eventually(condition: Callable[[], Any], *, seconds: float, what: str, every: float = 0.1) -> Any:
    """The first true answer of `condition`. Fails in words when the time is over, which a busy machine has more of."""
    deadline = time.monotonic() + bar(seconds)
    while True:
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(every)


def pass_time(seconds: float, *, why: str) -> None:
    """Let `seconds` pass without hoping for anything: the stretch is the test's own input. `why` says so to the reader."""
    assert why
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        time.sleep(left)
