# SPDX-License-Identifier: Apache-2.0
"""`steward backup`: a copy of everything, sealed, beside a running house; what there is; whether it can be read back."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from django.db import OperationalError, transaction

from steward.cli.backing_up import progress_line, refusing
from steward.cli.refusal import Refusal
from steward.core.access.public import Refused
from steward.core.recovery.process import (
    Taken,
    backup_key,
    new_recovery_key,
    open_repository,
    recovery_key_file,
)
from steward.core.recovery.process import verify as read_back
from steward.core.recovery.public import (
    Backup,
    RecoveryRefused,
    backup_begin,
    backup_ended,
    backup_plan,
    carry_out,
    destination_of,
    keys_folder_of,
)
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False, invoke_without_command=True)
Place = Annotated[Path | None, typer.Option(help="The directory of backups; else the one that the console names.")]


@app.callback()
def backup(
    context: typer.Context,
    to: Place = None,
    keys_to: Annotated[
        Path | None, typer.Option(help="Where the file of keys goes; else where the console says.")
    ] = None,
    without_ledger: Annotated[
        bool, typer.Option("--without-ledger", help="Leave the ledger to the backups of its own server.")
    ] = False,
) -> None:
    """Back up the ledger, the telemetry and the files while Steward runs, and the keys apart from them.

    Only what is new is stored. Killed, the next one goes on from there.
    """
    if context.invoked_subcommand is not None:
        return
    with scoped(system_scope("backup")):
        try:
            _make(to, keys_to, with_ledger=not without_ledger)
        except (RecoveryRefused, Refused) as refused:
            raise Refusal(str(refused)) from None
        except OperationalError as error:
            reason = str(error).strip().splitlines()[-1]
            raise Refusal(
                f"the ledger does not answer ({reason}): start `steward up`, then run this beside it."
            ) from None
    _hand_over_key()


def _make(to: Path | None, keys_to: Path | None, *, with_ledger: bool) -> None:
    begun = time.monotonic()
    with transaction.atomic():
        plan = backup_plan()
        destination = (to or destination_of(plan)).absolute()
        keys_folder = (keys_to or keys_folder_of(plan)).absolute()
        row = backup_begin(reason=Backup.Reason.COMMAND, destination=str(destination))
    try:
        came = carry_out(row.uid, Taken(say=progress_line()), keys_folder=keys_folder, with_ledger=with_ledger)
    except BaseException:
        with transaction.atomic():
            backup_ended(row.uid, Backup.State.FAILED)
        raise
    print(f"made    {destination}: {came['name']}")
    print(
        f"        {came['size'] / 1024**2:.1f} MB, {came['stored'] / 1024**2:.1f} MB of it newly stored, {time.monotonic() - begun:.1f} s"
    )
    print(f"keys    {keys_folder}")
    with transaction.atomic():
        missing = Backup.objects.get(uid=row.uid).missing
    if missing:
        print(f"        {missing} contents of files are gone or were changed: they are not in it.")


@app.command("list")
def list_(to: Place = None) -> None:
    """Say which backups there are."""
    with refusing():
        repository = open_repository(_place(to), backup_key(get_settings()), make=False)
        for name in repository.names():
            found = repository.manifest(name)
            print(f"{name}  of {found.at:%Y-%m-%d %H:%M:%S} UTC  {found.size / 1024**2:10.1f} MB")


@app.command()
def verify(name: Annotated[str, typer.Argument(help="Which backup; else the newest.")] = "", to: Place = None) -> None:
    """Read a backup back, every piece of it. Exit code 1 when anything is damaged."""
    with refusing():
        repository = open_repository(_place(to), backup_key(get_settings()), make=False)
        names = repository.names()
        if not names:
            raise Refusal(f"there is no backup in {repository.root} yet: run `steward backup`.")
        chosen = repository.manifest(name or names[-1])
        bad = read_back(repository, chosen, taken=Taken(say=progress_line()))
    if bad:
        print(
            f"{chosen.name}: {len(bad)} of {len(chosen.pieces)} pieces can't be read back. Back up again, then verify."
        )
        raise typer.Exit(code=1)
    print(f"{chosen.name}: all {len(chosen.pieces)} pieces are what was stored.")


@app.command()
def forget(
    name: Annotated[str, typer.Argument(help="Which backup, as `steward backup list` says.")], to: Place = None
) -> None:
    """Delete one backup, and what no other one needs of it. The last one stays."""
    with refusing():
        repository = open_repository(_place(to), backup_key(get_settings()), make=False)
        with repository.locked():
            names = repository.names()
            if name not in names:
                raise Refusal(f"there is no backup {name} in {repository.root}: `steward backup list` names them.")
            if names == [name]:
                raise Refusal(f"{name} is the only backup in {repository.root}: make another one first.")
            freed = repository.forget({name})
    print(f"{name} is gone; {freed / 1024**2:.1f} MB came free.")


@app.command()
def recovery_key() -> None:
    """Make a new recovery key. From the next backup on, the file of keys opens with it alone."""
    new_recovery_key(get_settings())
    _hand_over_key()


def _hand_over_key() -> None:
    """Show a new recovery key on the terminal, or say which private file has it; never in a log."""
    path = recovery_key_file(get_settings())
    if not path.exists():
        return
    if not sys.stdout.isatty():
        print(
            f"The recovery key is in {path}. Without it no backup opens elsewhere: keep it away from here, then delete the file."
        )
        return
    print(f"Recovery key: {path.read_text(encoding='utf-8').strip()}")
    print(f"Without it no backup opens elsewhere. Write it down, keep it away from here, then delete {path}.")


def _place(to: Path | None) -> Path:
    if to is not None:
        return to.absolute()
    try:
        with scoped(system_scope("backup")), transaction.atomic():
            return destination_of(backup_plan())
    except OperationalError:
        raise Refusal("the ledger does not answer, so say which directory: --to DIRECTORY.") from None
