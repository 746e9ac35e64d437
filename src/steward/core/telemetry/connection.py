# SPDX-License-Identifier: Apache-2.0
"""The way to the store: the official client, one per process, and what its failures mean here."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import clickhouse_connect
import urllib3
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from steward.core.telemetry.store.call import USER
from steward.core.telemetry.store.policies import DATABASE
from steward.settings.env import get_settings
from steward.settings.secrets import secret

_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 60
_FULL_DISK: Final = 243
_BUSY: Final = frozenset({202, 241, 734})
_TOO_LONG: Final = frozenset({159, 160})
_UNKNOWN_DATABASE: Final = 81


class TelemetryError(Exception):
    """The store refused a statement; `code` is ClickHouse's, or 0."""

    def __init__(self, text: str, code: int = 0) -> None:
        super().__init__(text)
        self.code = code


class TelemetryUnavailable(TelemetryError):
    """The store is down, starting, or too busy: try again later. Nothing is known to be lost."""


class TelemetryFull(TelemetryUnavailable):
    """The disk is nearly full, so that the store takes nothing in until some is freed."""


class TelemetrySlow(TelemetryError):
    """The query took longer than it may."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the store listens."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    database: str
    secure: bool


def find_place() -> Place:
    """The server named by STEWARD_TELEMETRY_URL, or the embedded store's port. Raises TelemetryUnavailable when it isn't up."""
    settings = get_settings()
    if settings.telemetry_url:
        return _place_of_url(settings.telemetry_url)
    try:
        port = int((settings.runtime_dir / "store.port").read_text(encoding="ascii"))
    except (OSError, ValueError):
        raise TelemetryUnavailable("The telemetry store is not running.") from None
    return Place("127.0.0.1", port, USER, secret("store"), DATABASE, secure=False)


def _place_of_url(url: str) -> Place:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TelemetryError("STEWARD_TELEMETRY_URL must look like http://user:password@host:8123/database.")
    secure = parts.scheme == "https"
    database = unquote(parts.path.strip("/")) or DATABASE
    port = parts.port or (8443 if secure else 8123)
    return Place(
        parts.hostname, port, unquote(parts.username or "default"), unquote(parts.password or ""), database, secure
    )


_lock = threading.Lock()
_kept: dict[tuple[int, Place], Client] = {}


def connect() -> Client:
    """The official client, without a session, safe for all threads of this process. Raises TelemetryUnavailable.

    What runs through it is not limited to any scope: for the product's own work only.
    """
    key = (os.getpid(), find_place())
    found = _kept.get(key)
    if found is not None:
        return found
    with _lock:
        if key not in _kept:
            made = open_client(key[1])
            _kept.clear()
            _kept[key] = made
        return _kept[key]


def open_client(place: Place, *, database: str | None = None) -> Client:
    """A client of one's own. Raises TelemetryUnavailable when nobody answers there."""
    with translated():
        return clickhouse_connect.get_client(
            host=place.host,
            port=place.port,
            username=place.user,
            password=place.password,
            database=place.database if database is None else database,
            secure=place.secure,
            autogenerate_session_id=False,
            autogenerate_query_id=False,
            compress=False,
            connect_timeout=_CONNECT_SECONDS,
            send_receive_timeout=_ANSWER_SECONDS,
            query_retries=1,
            pool_mgr=None if place.secure else urllib3.PoolManager(maxsize=16, retries=0),
        )


def forget_client() -> None:
    """Let the next `connect` begin anew, as after a restart of the store on another port."""
    with _lock:
        _kept.clear()


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's errors into this room's."""
    try:
        yield
    except ClickHouseError as failure:
        raise _meaning(failure) from failure
    except (urllib3.exceptions.HTTPError, OSError) as failure:
        raise TelemetryUnavailable(f"The telemetry store does not answer: {type(failure).__name__}.") from failure


def _meaning(failure: ClickHouseError) -> TelemetryError:
    code = int(getattr(failure, "code", 0) or 0)
    text = _first_line(failure)
    if code == _FULL_DISK:
        return TelemetryFull("The disk under the telemetry store is nearly full; free some space.", code)
    if code in _TOO_LONG:
        return TelemetrySlow(text, code)
    if code in _BUSY or (code == 0 and isinstance(failure, OperationalError)):
        return TelemetryUnavailable(text, code)
    if code == _UNKNOWN_DATABASE:
        return TelemetryUnavailable("The telemetry store has not been migrated yet.", code)
    return TelemetryError(text, code)


def _first_line(failure: Any) -> str:
    return str(failure).strip().splitlines()[0] if str(failure).strip() else type(failure).__name__
