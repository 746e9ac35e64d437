# SPDX-License-Identifier: Apache-2.0
"""`steward restore`: a backup, put into a fresh data directory."""

import getpass
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from steward.cli import data_version, preflight
from steward.cli.backing_up import progress_line, refusing
from steward.cli.refusal import Refusal
from steward.core.recovery.process import BackupKey, Manifest, Taken, find_keys, open_repository
from steward.core.recovery.process import restore as put_back
from steward.settings.env import Settings, get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def restore(
    backups: Annotated[Path, typer.Argument(help="The directory of backups: the one with STEWARD-BACKUPS in it.")],
    keys: Annotated[
        Path, typer.Option(help="The file of keys, steward-keys-….json; or a `secrets` directory, as it is.")
    ],
    recovery_key_file: Annotated[
        Path | None, typer.Option(help="A file with the recovery key, or - for standard input. Else it is asked for.")
    ] = None,
    name: Annotated[str, typer.Option(help="Which backup, as `steward backup list` says; else the newest.")] = "",
) -> None:
    """Put a backup into STEWARD_DATA_DIR, which must not hold data yet. Start `steward up` afterwards.

    Every piece is checked. Killed, the same command goes on from there.
    """
    settings, begun = get_settings(), time.monotonic()
    with refusing():
        opened = find_keys(keys, "" if keys.is_dir() else _recovery_key(recovery_key_file))
        repository = open_repository(backups.absolute(), BackupKey.of(opened["backup"].strip()), make=False)
        names = repository.names()
        if not names:
            raise Refusal(f"there is no finished backup in {backups}.")
        manifest = repository.manifest(name or names[-1])
        _refuse_newer(manifest, backups)
        preflight.prepare_directories(settings)
        put_back(settings, repository, manifest, opened, taken=Taken(say=progress_line()))
    _say_what_it_is(manifest, settings, time.monotonic() - begun)


def _recovery_key(given: Path | None) -> str:
    if given is None:
        if not sys.stdin.isatty():
            raise Refusal("the recovery key is needed to open the file of keys: give it with --recovery-key-file.")
        return getpass.getpass("Recovery key: ")
    try:
        return sys.stdin.read() if str(given) == "-" else given.read_text(encoding="utf-8")
    except OSError as error:
        raise Refusal(f"{given} can't be read ({error.strerror}): give a file with the recovery key.") from None


def _refuse_newer(manifest: Manifest, backups: Path) -> None:
    written_by = data_version.parse(manifest.version)
    if written_by is not None:
        data_version.refuse_newer(written_by, data_version.this_version(), backups)


def _say_what_it_is(manifest: Manifest, settings: Settings, seconds: float) -> None:
    print(
        f"{settings.data_dir} holds Steward as it was at {manifest.at:%Y-%m-%d %H:%M:%S} UTC, after {seconds:.1f} s. Start it: steward up"
    )
    if manifest.ledger is not None and settings.database_url is not None:
        print("The ledger is in the database that STEWARD_DATABASE_URL names.")
    if manifest.ledger is None:
        print("The ledger is not in it: restore that on its own server, to a moment not before this one.")
    if manifest.files_missing:
        print(f"{len(manifest.files_missing)} contents of files were gone or changed when this was backed up.")
    if manifest.files_left:
        print(f"The contents of its files lie in {manifest.files_at}: set STEWARD_FILES_URL and its key before.")
    elif settings.files_url:
        print(
            "The contents of its files are in the data directory: start without STEWARD_FILES_URL, or copy them into the bucket first."
        )
    if manifest.telemetry_left:
        print("The telemetry is not in it: it was on a server elsewhere.")
