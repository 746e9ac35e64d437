# SPDX-License-Identifier: Apache-2.0
"""Named statements for the ledger, kept in a room's `queries.sql` beside the module that runs them.

-- name: stalled_jobs
-- One line that says what it answers.
select …
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from django.db import connection

_HEAD = re.compile(r"^-- name: (\w+)\n-- (.+)\n", re.MULTILINE)


class Statements:
    """The named statements of one package's `queries.sql`."""

    def __init__(self, package: str) -> None:
        self._package = package
        self._texts: dict[str, str] | None = None

    def text(self, name: str) -> str:
        """The SQL called `name`. Raises KeyError."""
        if self._texts is None:
            source = (files(self._package) / "queries.sql").read_text(encoding="utf-8")
            heads = list(_HEAD.finditer(source))
            ends = [head.start() for head in heads[1:]] + [len(source)]
            self._texts = {head[1]: source[head.end() : end].strip() for head, end in zip(heads, ends, strict=True)}
        return self._texts[name]

    def rows(self, name: str, **params: Any) -> list[dict[str, Any]]:
        """Run a statement and return its rows by column name; a statement without an answer returns none."""
        with connection.cursor() as cursor:
            cursor.execute(self.text(name), _given(params))
            if cursor.description is None:
                return []
            columns = [column.name for column in cursor.description]
            return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def run(self, name: str, **params: Any) -> int:
        """Run a statement and return how many rows it touched."""
        with connection.cursor() as cursor:
            cursor.execute(self.text(name), _given(params))
            return int(cursor.rowcount)


def _given(params: Mapping[str, Any]) -> Mapping[str, Any] | None:
    # Without parameters a percent sign in the statement stands for itself.
    return params or None
