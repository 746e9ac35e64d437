# SPDX-License-Identifier: Apache-2.0
"""The gateway as a process: settings in, signals in, a port out."""

import asyncio
import signal
import ssl

import structlog
import uvloop

from steward.estate.agents.gateway.options import Options
from steward.estate.agents.gateway.server import Gateway, tls_context
from steward.settings.env import Settings, get_settings

log = structlog.get_logger("steward.gateway")


def run(*, port: int | None = None, unlimited: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; what has gathered is stored and answered first.

    The port is written to `<data>/run/gateway.port`, which matters when 0 was asked for.
    """
    options = Options(samples_per_second=1e12, requests_per_second=1e12) if unlimited else Options()
    uvloop.run(_serve(get_settings(), port, options))


async def _serve(settings: Settings, port: int | None, options: Options) -> None:
    gateway = Gateway(options)
    ended = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, ended.set)
    taken = await gateway.start(settings.bind, settings.gateway_port if port is None else port, _tls(settings))
    settings.runtime_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    (settings.runtime_dir / "gateway.port").write_text(f"{taken}\n", encoding="ascii")
    log.info("gateway.listens", port=taken)
    await ended.wait()
    await gateway.stop()


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.tls_cert is None or settings.tls_key is None:
        return None
    return tls_context(settings.tls_cert, settings.tls_key)
