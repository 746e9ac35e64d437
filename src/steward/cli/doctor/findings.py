# SPDX-License-Identifier: Apache-2.0
"""What a check says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from steward.settings.env import Settings


class Level(StrEnum):
    """How bad it is: `warning` runs on, `wrong` does not or will not for long."""

    GOOD = "good"
    WARNING = "warning"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the answer. `remedy` is empty only when all is well."""

    check: str
    level: Level
    found: str
    remedy: str = ""


Check = Callable[[Settings], Finding]


def good(check: str, found: str) -> Finding:
    """All is well with `check`."""
    return Finding(check, Level.GOOD, found)


def warning(check: str, found: str, remedy: str) -> Finding:
    """It works, and something should be done."""
    return Finding(check, Level.WARNING, found, remedy)


def wrong(check: str, found: str, remedy: str) -> Finding:
    """It does not work, or will stop working soon."""
    return Finding(check, Level.WRONG, found, remedy)
