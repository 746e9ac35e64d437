# SPDX-License-Identifier: Apache-2.0
"""Django's cache in the ledger, with JSON values, for what sign-in must count across processes.

It talks over a connection of its own: a count stands although the request that made it is undone, and the lock that a
count takes is held for its own statement and not until the end of the request."""

import json
import random
import re
import threading
from importlib.resources import files
from typing import Any, Final

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import InterfaceError, OperationalError, connections
from django.db.backends.base.base import BaseDatabaseWrapper

CULL_ONE_IN: Final = 200
_NAME = re.compile(r"^-- name: (\w+)\n", re.M)


def _read() -> dict[str, str]:
    parts = _NAME.split((files(__package__) / "web_cache.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


_SQL = _read()
_own = threading.local()


class WebCache(BaseCache):
    """Keys with JSON values. `incr` and `decr` are Django's own: two statements, not one."""

    def __init__(self, _location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        row = _run("get", key=self.make_and_validate_key(key, version))
        if row is None:
            return default
        return json.loads(row[0]) if isinstance(row[0], str) else row[0]

    def set(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        _run(
            "set", key=self.make_and_validate_key(key, version), value=json.dumps(value), seconds=self._seconds(timeout)
        )
        if random.randrange(CULL_ONE_IN) == 0:  # noqa: S311 — when to sweep is no secret
            _run("cull")

    def add(self, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        args = {"value": json.dumps(value), "seconds": self._seconds(timeout)}
        return _run("add", key=self.make_and_validate_key(key, version), **args) is not None

    def touch(self, key: str, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return _run("touch", key=self.make_and_validate_key(key, version), seconds=self._seconds(timeout)) is not None

    def delete(self, key: str, version: int | None = None) -> bool:
        return _run("delete", key=self.make_and_validate_key(key, version)) is not None

    def clear(self) -> None:
        _run("clear")

    def close(self, **_: Any) -> None:
        """At the end of a request: let a connection go that is too old or broken, as Django does with its own."""
        if (own := getattr(_own, "connection", None)) is not None:
            own.close_if_unusable_or_obsolete()

    def _seconds(self, timeout: Any) -> float | None:
        if timeout is DEFAULT_TIMEOUT:
            timeout = self.default_timeout
        return None if timeout is None else max(float(timeout), 0.0)


def disconnect() -> None:
    """Close this thread's connection; the next use opens another."""
    if (own := getattr(_own, "connection", None)) is not None:
        own.close()


def _run(name: str, **params: Any) -> tuple[Any, ...] | None:
    try:
        return _once(name, params)
    except (OperationalError, InterfaceError):
        disconnect()  # the ledger was restarted; what comes next asks anew
        return _once(name, params)


def _once(name: str, params: dict[str, Any]) -> tuple[Any, ...] | None:
    with _connection().cursor() as cursor:
        cursor.execute(_SQL[name], params)
        row: tuple[Any, ...] | None = cursor.fetchone() if cursor.description else None
    return row


def _connection() -> BaseDatabaseWrapper:
    main = connections["default"]
    own: BaseDatabaseWrapper | None = getattr(_own, "connection", None)
    if own is None or own.settings_dict["NAME"] != main.settings_dict["NAME"]:
        if own is not None:
            own.close()
        own = _own.connection = main.copy()
    return own
