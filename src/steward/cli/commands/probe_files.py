# SPDX-License-Identifier: Apache-2.0
"""What `steward doctor` runs to look at the bucket that keeps the contents of files."""

import typer

from steward.cli.refusal import Refusal
from steward.core.files.public import ContentsAway, probe_contents

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def probe_files() -> None:
    """Write an object into the bucket of files, read it, list it and delete it. Exit code 1 says what does not work."""
    try:
        probe_contents()
    except ContentsAway as away:
        raise Refusal(str(away)) from None
