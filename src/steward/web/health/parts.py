# SPDX-License-Identifier: Apache-2.0
"""The parts that must be up, each asked from outside; none is called ready on its own word that it started."""

import http.client
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import structlog
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from steward.core.jobs.public import workers
from steward.core.telemetry.public import TelemetryError, ping
from steward.settings.env import Settings, get_settings

ANSWER_SECONDS = 2.0
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Part:
    """One part: whether it is up, and when not, what that means in a few words for the operator."""

    ok: bool
    detail: str = ""


def parts() -> dict[str, Part]:
    """Every part by its name. Those on the network are asked at the same time, so that one that hangs costs two seconds."""
    with ThreadPoolExecutor(3) as pool:
        store, live, gateway = (pool.submit(probe) for probe in (_store, _live, _gateway))
        database = _database()
        return {
            "database": database,
            "migrations": _migrations() if database.ok else Part(False, "the database is away"),
            "worker": _worker() if database.ok else Part(False, "the database is away"),
            "store": store.result(),
            "live": live.result(),
            "gateway": gateway.result(),
        }


def _guarded(probe: Callable[[], Part]) -> Part:
    try:
        return probe()
    except DatabaseError as error:
        return Part(False, type(error).__name__)


def _database() -> Part:
    def ask() -> Part:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
        return Part(True)

    return _guarded(ask)


def _migrations() -> Part:
    def ask() -> Part:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return Part(not waiting, f"{len(waiting)} migrations wait: run `steward migrate`" if waiting else "")

    return _guarded(ask)


def _worker() -> Part:
    def ask() -> Part:
        alive = any(each.alive for each in workers())
        return Part(alive, "" if alive else "no worker gave a sign of life")

    return _guarded(ask)


def _store() -> Part:
    try:
        ping()
    except TelemetryError as error:
        log.warning("store does not answer", error=str(error))  # with address and user: not for strangers
        return Part(False, "it does not answer; `steward doctor` says more")
    return Part(True)


def _live() -> Part:
    return _answers(get_settings(), get_settings().live_port)


def _gateway() -> Part:
    return _answers(get_settings(), get_settings().gateway_port)


def _answers(settings: Settings, port: int) -> Part:
    """GET /healthz on a port of this machine."""
    host = settings.bind if settings.bind not in {"0.0.0.0", "::"} else "127.0.0.1"  # noqa: S104 (compared, not bound)
    caller: http.client.HTTPConnection
    if settings.tls_cert is not None:
        ours = ssl.create_default_context()
        ours.check_hostname = False  # the certificate names the public host, not the address we ask ourselves at
        ours.verify_mode = ssl.CERT_NONE
        caller = http.client.HTTPSConnection(host, port, timeout=ANSWER_SECONDS, context=ours)
    else:
        caller = http.client.HTTPConnection(host, port, timeout=ANSWER_SECONDS)
    try:
        caller.request("GET", "/healthz")
        answer = caller.getresponse()
        words = answer.read(200).decode(errors="replace")
        return Part(answer.status == 200, "" if answer.status == 200 else words)
    except (TimeoutError, socket.gaierror, OSError, http.client.HTTPException) as error:
        return Part(False, f"no answer on port {port} ({type(error).__name__})")
    finally:
        caller.close()
