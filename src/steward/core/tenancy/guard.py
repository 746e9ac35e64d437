# SPDX-License-Identifier: Apache-2.0
"""An always-on check of every statement: client-owned tables are touched only inside a transaction and a scope.

Without it the answer would be silently empty, since the scope is set where a transaction begins."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.apps import apps
from django.db.backends.base.base import BaseDatabaseWrapper

from steward.core.tenancy.scope import NoScope, OutsideTransaction, current_scope_or_none


def install_guard(*, connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Put the guard on a new connection of the application; the owner's connections only migrate."""
    if connection.settings_dict.get("STEWARD_ROLE") == "app" and _guard not in connection.execute_wrappers:
        connection.execute_wrappers.append(_guard)


def _guard(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    table = _client_table(sql) if isinstance(sql, str) else None
    if table is not None:
        if not context["connection"].in_atomic_block:
            raise OutsideTransaction(f"{table} is client-owned: read and write it inside transaction.atomic().")
        if current_scope_or_none() is None:
            raise NoScope(f"{table} is client-owned: open a scope with `with scoped(...)` first.")
    return execute(sql, params, many, context)


@lru_cache(maxsize=4096)
def _client_table(sql: str) -> str | None:
    found = _tables().search(sql)
    return found[1] if found else None


@lru_cache(maxsize=1)
def _tables() -> re.Pattern[str]:
    owned = [
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if getattr(model, "client_owned", False)
    ]
    return re.compile(r"\b(" + "|".join(sorted(map(re.escape, owned), key=len, reverse=True)) + r")\b")
