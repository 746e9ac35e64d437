# SPDX-License-Identifier: Apache-2.0
"""Serving an application with granian: its workers end with it, however it ends."""

import os
import signal
from functools import partial
from importlib import import_module
from typing import Any

from granian import Granian
from granian.constants import Interfaces, SSLProtocols
from granian.log import LogLevels
from granian.utils.proxies import wrap_asgi_with_proxy_headers, wrap_wsgi_with_proxy_headers

from steward.cli import logs
from steward.cli.preflight import check_bind, children_lock
from steward.cli.supervision import lifeline
from steward.settings.env import Settings
from steward.settings.set_up import collector_resting

# What the server itself says goes the way of everything else: one JSON object a line.
THROUGH_OURS = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}
STOP_SECONDS = 3  # an event stream that stays open must not hold up the end


def serve(
    settings: Settings,
    target: str,
    *,
    port: int,
    interface: Interfaces,
    workers: int,
    threads: int,
    preload: tuple[str, ...] = (),
) -> None:
    """Serve `target` ("module:name") until a signal ends it. Raises Refusal when the address needs TLS and has none.

    `preload` names modules imported once, before the workers fork: they share the memory, and a new one is there at once.
    """
    check_bind(settings)
    logs.configure(settings.log_level)
    lifeline.attach(children_lock(settings))
    with collector_resting():  # and at rest for good: a collection in a worker would write to every shared page
        for module in preload:
            import_module(module)
    server = Granian(
        target,
        address=settings.bind,
        port=port,
        interface=interface,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
        log_level=LogLevels.warning,
        log_dictconfig=THROUGH_OURS,
        websockets=interface is not Interfaces.WSGI,
        ssl_cert=settings.tls_cert,
        ssl_key=settings.tls_key,
        ssl_protocol_min=SSLProtocols.tls12,
    )
    server.serve(target_loader=partial(_load, os.getpid(), settings, interface), wrap_loader=True)


def _load(parent: int, settings: Settings, interface: Interfaces, target: str) -> Any:
    """Runs in each worker, after the fork."""
    lifeline.follow(parent, signal.SIGKILL)
    logs.configure(settings.log_level)
    module, name = target.split(":")
    application = getattr(import_module(module), name)
    if not settings.trusted_proxies:
        return application
    wrap = wrap_wsgi_with_proxy_headers if interface is Interfaces.WSGI else wrap_asgi_with_proxy_headers
    return wrap(application, trusted_hosts=settings.trusted_proxies)
