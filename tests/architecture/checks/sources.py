# SPDX-License-Identifier: Apache-2.0
"""Python sources as the checks see them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Source:
    """One module: where it lies under its root, its dotted name, its tree."""

    path: Path
    module: str
    text: str
    tree: ast.Module

    @property
    def lines(self) -> int:
        return self.text.count("\n")

    @property
    def is_migration(self) -> bool:
        return "migrations" in self.path.parts


def sources(root: Path) -> Iterator[Source]:
    """Every Python module under `root`, whose folder is the import root (`src`)."""
    for path in sorted(root.rglob("*.py")):
        if any(part in {"node_modules", "__pycache__"} or part.endswith(".egg-info") for part in path.parts):
            continue
        text = path.read_text(encoding="utf-8")
        inner = path.relative_to(root).with_suffix("")
        parts = inner.parts[:-1] if inner.name == "__init__" else inner.parts
        yield Source(path.relative_to(root), ".".join(parts), text, ast.parse(text))


def imported_modules(source: Source) -> Iterator[tuple[int, str]]:
    """(line, dotted name) of everything a module imports; `from a.b import c` gives both a.b and a.b.c."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, node.module
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
