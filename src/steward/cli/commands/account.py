# SPDX-License-Identifier: Apache-2.0
"""`steward account`: the way back in for somebody who may use this machine's command line."""

import sys
from typing import Annotated

import typer
from allauth.mfa.models import Authenticator
from django.db import transaction

from steward.cli.preflight import first_password_file
from steward.cli.private_file import write_private
from steward.cli.refusal import Refusal
from steward.core.audit.public import audit
from steward.core.identity.public import User, end_sessions, fold_email, new_one_time_password
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.env import get_settings

app = typer.Typer(pretty_exceptions_enable=False)


@app.callback()
def account() -> None:
    """Accounts, from the command line of this machine."""


@app.command()
def reset(
    email: Annotated[str, typer.Argument(help="Whose account.")],
    second_factor: Annotated[bool, typer.Option("--second-factor", help="Remove it too: the device is lost.")] = False,
) -> None:
    """Give an account a new one-time password and end its sessions. It is audited."""
    password = new_one_time_password()
    with scoped(system_scope("account reset")), transaction.atomic():
        person = User.objects.select_for_update().filter(email=fold_email(email), erased_at=None).first()
        if person is None:
            raise Refusal(f"there is no account with the address {email}: look at its spelling.")
        person.set_password(password)
        person.must_change_password = True
        person.save(update_fields=["password", "must_change_password"])
        if second_factor:
            Authenticator.objects.filter(user=person).delete()
        end_sessions(person)
        audit("people.account.reset", person, second_factor=second_factor)
    if sys.stdout.isatty():
        print(f"One-time password of {person.email}: {password}")
        return
    path = first_password_file(get_settings())
    write_private(path, f"{person.email}\n{password}\n")
    print(f"The one-time password is in {path}. Delete the file afterwards.")
