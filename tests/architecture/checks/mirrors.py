# SPDX-License-Identifier: Apache-2.0
"""Rule 11: tests lie where the code lies that they test."""

from collections.abc import Iterable
from pathlib import Path

# Rooms that keep no rows, hence no Django apps.
ROWLESS = ("steward.core.crypto", "steward.core.outward")
FLOORS = ("settings", "core", "estate", "promises", "desk", "watch", "guard", "business", "integrations", "web", "cli")


def astray(tests: Path, source: Path) -> list[str]:
    """Folders of tests below a floor's name that mirror no folder of the source."""
    return [
        f"{folder.relative_to(tests)}: nothing of that name in {source.name}; tests mirror the paths"
        for floor in FLOORS
        for folder in sorted((tests / floor).rglob("*"))
        if folder.is_dir() and folder.name != "__pycache__" and not (source / folder.relative_to(tests)).is_dir()
    ]


def untested(rooms: Iterable[str], tests: Path) -> list[str]:
    """Rooms ("steward.core.audit") without a module of tests under their own path."""
    findings = []
    for room in rooms:
        place = tests.joinpath(*room.split(".")[1:])
        if not any(place.rglob("test_*.py")):
            findings.append(f"{room}: no test under {place.relative_to(tests)}")
    return findings
