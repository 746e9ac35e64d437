# SPDX-License-Identifier: Apache-2.0
"""When a failed job is tried again."""

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Backoff:
    """`attempts` tries in all; waits grow from `first` by `factor` up to `longest`, each shifted by up to ± `jitter`.

    Jitter keeps a thousand jobs that failed together from coming back together.
    """

    attempts: int = 8
    first: timedelta = timedelta(seconds=2)
    factor: float = 3.0
    longest: timedelta = timedelta(hours=1)
    jitter: float = 0.25

    def __post_init__(self) -> None:
        if self.attempts < 1 or self.factor < 1 or not 0 <= self.jitter < 1:
            raise ValueError("a back-off has at least one attempt, a factor of 1 or more, and a jitter below 1")

    def wait(self, failures: int, *, chance: float | None = None) -> timedelta | None:
        """How long to wait after this many failures (1 or more); None when that was the last attempt.

        `chance` from 0 to 1 stands in for the dice.
        """
        if failures >= self.attempts:
            return None
        growth = min(self.factor ** (failures - 1), self.longest / self.first)
        roll = random.random() if chance is None else chance  # noqa: S311  # spreads load, guards nothing
        return self.first * growth * (1 + self.jitter * (2 * roll - 1))


OFTEN = Backoff()
A_FEW_TIMES = Backoff(attempts=3)
