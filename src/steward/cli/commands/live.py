# SPDX-License-Identifier: Apache-2.0
"""`steward live`: server-sent events."""

import typer
from granian.constants import Interfaces

from steward.cli.supervision.serving import serve
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def live() -> None:
    """Serve live events on the port after STEWARD_PORT."""
    settings = get_settings()
    serve(
        settings,
        "steward.web.asgi:application",
        port=settings.live_port,
        interface=Interfaces.ASGI,
        workers=1,
        threads=1,
    )
