# SPDX-License-Identifier: Apache-2.0
"""`steward reference`: write the reference pages of the docs anew."""

from pathlib import Path
from typing import Annotated

import typer

from steward.cli.reference.notice import notice
from steward.cli.reference.pages import documents
from steward.settings.env import CHECKOUT

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def reference(
    folder: Annotated[Path, typer.Option(help="Where they are written.")] = CHECKOUT / "docs" / "reference",
) -> None:
    """Write one page each of settings, commands, permissions, events, jobs, routes, metrics and tables of no single client."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in documents().items():
        (folder / name).write_text(text, encoding="utf-8")
        print(folder / name)
    if folder == CHECKOUT / "docs" / "reference":
        (CHECKOUT / "NOTICE").write_text(notice(CHECKOUT), encoding="utf-8")
        print(CHECKOUT / "NOTICE")
