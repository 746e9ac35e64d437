# SPDX-License-Identifier: Apache-2.0
"""Rule 6: no SQL that is put together from strings; named SQL has one line that says what it is for."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.architecture.checks.sources import Source

_SQL = re.compile(
    r"\b(select\s.+\sfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|alter\s+(table|role|database|system)|create\s+(table|policy|role|index|database|view|function)"
    r"|drop\s+(table|policy|role|index|database)|grant\s.+\sto|revoke\s.+\sfrom|set\s+role|truncate)\b",
    re.I | re.S,
)


def glued_sql(modules: Iterable[Source]) -> list[str]:
    """F-strings, `%`, `+` and str.format on text that reads like SQL. `psycopg.sql.SQL(...).format` quotes, and is the way."""
    findings = []
    for source in modules:
        for node in ast.walk(source.tree):
            text = _glued_text(node)
            if text is not None and _SQL.search(text):
                findings.append(
                    f"{source.path}:{node.lineno}: SQL from pieces; use named SQL with parameters, or psycopg.sql"
                )
    return findings


def _glued_text(node: ast.AST) -> str | None:
    if isinstance(node, ast.JoinedStr) and any(isinstance(part, ast.FormattedValue) for part in node.values):
        return "".join(part.value if isinstance(part, ast.Constant) else "x" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add):
        return "".join(_constants(node)) or None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return (
            node.func.value.value
            if isinstance(node.func.value, ast.Constant) and isinstance(node.func.value.value, str)
            else None
        )
    return None


def _constants(node: ast.BinOp) -> Iterator[str]:
    for side in (node.left, node.right):
        if isinstance(side, ast.Constant) and isinstance(side.value, str):
            yield side.value
        elif isinstance(side, ast.BinOp):
            yield from _constants(side)
        else:
            yield " x "


def undescribed_queries(paths: Iterable[Path]) -> list[str]:
    """Named queries (`-- name: x`) whose next line is not a comment that describes them."""
    findings = []
    for path in paths:
        lines = path.read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines, 1):
            described = number < len(lines) and re.match(r"--\s*\S", lines[number])
            if re.match(r"--\s*name:", line) and not described:
                findings.append(f"{path}:{number}: say in one line what this query answers")
    return findings
