# SPDX-License-Identifier: Apache-2.0
"""What `steward up` runs on a fresh data directory."""

from typing import Annotated

import typer

from steward.cli.first_start import make_first_things
from steward.cli.preflight import children_lock
from steward.cli.supervision import lifeline
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def first_start(
    email: Annotated[str, typer.Option(help="Address of the first account.")],
    agent: Annotated[bool, typer.Option(help="Make a token for this host's own agent.")] = False,
) -> None:
    """Make the client "Home", the first account and a token for this host's agent, each when it is missing."""
    settings = get_settings()
    lifeline.attach(children_lock(settings))
    make_first_things(settings, email=email, agent=agent)
