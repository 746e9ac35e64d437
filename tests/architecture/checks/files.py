# SPDX-License-Identifier: Apache-2.0
"""Sizes, names and first lines of files; doc strings of rooms."""

import ast
from collections.abc import Iterable
from pathlib import Path

from tests.architecture.checks.sources import Source

MAX_LINES = 500
MAX_TEST_LINES = 800
DRAWERS = {"utils.py", "helpers.py", "common.py", "misc.py"}
MARK = "SPDX-License-Identifier: Apache-2.0"
MARKED_SUFFIXES = {".py", ".sql", ".js", ".css", ".sh", ".service", ".toml", ".xml"}


def too_long(modules: Iterable[Source], limit: int = MAX_LINES) -> list[str]:
    """Modules of more lines than the limit; migrations are lists, not prose, and are left out."""
    return [
        f"{s.path}: {s.lines} lines, at most {limit}; split it by noun"
        for s in modules
        if s.lines > limit and not s.is_migration
    ]


def drawers(modules: Iterable[Source]) -> list[str]:
    """Files whose name says nothing."""
    return [f"{s.path}: name it for what it holds" for s in modules if s.path.name in DRAWERS]


def unmarked(paths: Iterable[Path]) -> list[str]:
    """Source files whose first three lines name no licence."""
    findings = []
    for path in paths:
        if path.suffix in MARKED_SUFFIXES and MARK not in "\n".join(
            path.read_text(encoding="utf-8").split("\n", 3)[:3]
        ):
            findings.append(f"{path}: the first line names the licence: {MARK}")
    return findings


def undescribed_rooms(modules: Iterable[Source], rooms: set[str]) -> list[str]:
    """Rooms whose __init__.py is not a docstring alone."""
    findings = []
    for source in modules:
        if source.module not in rooms or source.path.name != "__init__.py":
            continue
        if ast.get_docstring(source.tree) is None or len(source.tree.body) != 1:
            findings.append(f"{source.path}: holds the room's docstring and nothing else")
    return findings
