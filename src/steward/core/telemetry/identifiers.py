# SPDX-License-Identifier: Apache-2.0
"""Statements with names in them: what `psycopg.sql` is for PostgreSQL, for ClickHouse's SQL, where values are parameters but a
name can't be one in every statement."""

from string import Template


class BadIdentifier(ValueError):
    """A name that is no plain identifier."""


def composed(template: str, **names: str) -> str:
    """`template` with each `$name` replaced by the quoted identifier. Raises BadIdentifier."""
    for name in names.values():
        if not name.isidentifier():
            raise BadIdentifier(f"{name[:60]!r} is no identifier")
    return Template(template).substitute({key: f"`{name}`" for key, name in names.items()})
