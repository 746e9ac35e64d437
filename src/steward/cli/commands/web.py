# SPDX-License-Identifier: Apache-2.0
"""`steward web`: pages and REST."""

import typer
from granian.constants import Interfaces

from steward.cli.supervision.serving import serve
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def web(
    workers: int = typer.Option(2, min=1, help="Processes."),
    threads: int = typer.Option(2, min=1, help="Threads of each."),
) -> None:
    """Serve the pages and the REST interface on STEWARD_PORT."""
    settings = get_settings()
    serve(
        settings,
        "steward.web.wsgi:application",
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=workers,
        threads=threads,
        preload=("steward.web.wsgi", "steward.web.urls"),
    )
