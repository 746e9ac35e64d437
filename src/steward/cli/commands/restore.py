# SPDX-License-Identifier: Apache-2.0
"""`steward restore`: a backup, put into a fresh data directory."""

from pathlib import Path
from typing import Annotated

import typer

from steward.cli.refusal import Refusal
from steward.cli.restore import bucket_of, restore_backup
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="A directory that `steward backup` or an upgrade made.")],
) -> None:
    """Put a backup into STEWARD_DATA_DIR, which must not hold data yet. Start `steward up` afterwards."""
    settings = get_settings()
    if settings.database_url is not None:
        raise Refusal("STEWARD_DATABASE_URL names a server elsewhere: restore its ledger there.")
    restore_backup(settings, backup.absolute())
    print(f"{settings.data_dir} holds what was backed up. Start it: steward up")
    bucket = bucket_of(backup)
    if bucket and bucket != settings.files_url:
        print(f"The contents of its files lie in {bucket}: set STEWARD_FILES_URL and its key before.")
