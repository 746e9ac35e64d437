# SPDX-License-Identifier: Apache-2.0
"""When a part may be called ready: seen from outside, never from its own word that it started."""

import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable

import psycopg

from steward.settings.env import Settings, is_loopback
from steward.settings.ledger import Cluster

Probe = Callable[[], bool]
EVERY = 0.05


def wait_for(probe: Probe, *, seconds: float, alive: Probe = lambda: True) -> bool:
    """True as soon as `probe` says so; False when `seconds` are over or `alive` says there is no point in waiting."""
    deadline = time.monotonic() + seconds
    while not probe():
        if time.monotonic() > deadline or not alive():
            return False
        time.sleep(EVERY)
    return True


def ledger_answers(cluster: Cluster) -> bool:
    """True when PostgreSQL answers a query."""
    try:
        with psycopg.connect(cluster.dsn(role="admin", database="postgres"), connect_timeout=3) as connection:
            connection.execute("select 1")
    except psycopg.OperationalError:
        return False
    return True


def store_port(settings: Settings) -> int | None:
    """The loopback port the store wrote down; None before it has."""
    try:
        return int((settings.runtime_dir / "store.port").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def store_answers(settings: Settings) -> bool:
    """True when the store answers on the port it wrote down."""
    port = store_port(settings)
    return port is not None and _get("127.0.0.1", port, "/ping") == 200


def page_answers(settings: Settings, path: str) -> bool:
    """True when the web process answers `path` with 200."""
    return _get(_near(settings), settings.port, path, tls=settings.tls_cert is not None) == 200


def not_ready(settings: Settings) -> list[str]:
    """The parts `/readyz` calls not ready; its whole text when it can't be read."""
    body = _body(_near(settings), settings.port, "/readyz", tls=settings.tls_cert is not None)
    try:
        parts = json.loads(body).get("parts", {})
        return [name for name, part in parts.items() if not _good(part)] or ([] if parts else [body[:200]])
    except (ValueError, AttributeError):
        return [body[:200] or "no answer"]


def _good(part: object) -> bool:
    return part is True or part == "ok" or (isinstance(part, dict) and part.get("ok") is True)


def port_answers(settings: Settings, port: int) -> bool:
    """True when something accepts connections on `port`."""
    try:
        with socket.create_connection((_near(settings), port), timeout=2):
            return True
    except OSError:
        return False


def _near(settings: Settings) -> str:
    """The address to call ourselves at: what we bind to, unless that means "everywhere"."""
    if settings.bind in {"0.0.0.0", "::"}:  # noqa: S104 (compared, not bound)
        return "127.0.0.1" if settings.bind == "0.0.0.0" else "::1"  # noqa: S104
    return "127.0.0.1" if is_loopback(settings.bind) and ":" not in settings.bind else settings.bind


def _get(host: str, port: int, path: str, *, tls: bool = False) -> int:
    try:
        return _ask(host, port, path, tls=tls)[0]
    except (OSError, http.client.HTTPException):
        return 0


def _body(host: str, port: int, path: str, *, tls: bool = False) -> str:
    try:
        return _ask(host, port, path, tls=tls)[1]
    except (OSError, http.client.HTTPException):
        return ""


def _ask(host: str, port: int, path: str, *, tls: bool) -> tuple[int, str]:
    connection = (
        http.client.HTTPSConnection(host, port, timeout=5, context=_ours())
        if tls
        else http.client.HTTPConnection(host, port, timeout=5)
    )
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        answer = connection.getresponse()
        return answer.status, answer.read(65536).decode(errors="replace")
    finally:
        connection.close()


def _ours() -> ssl.SSLContext:
    """For asking ourselves whether we are up: the certificate names the public host, not the address we ask at."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
