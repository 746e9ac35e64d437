# SPDX-License-Identifier: Apache-2.0
"""What a fresh data directory needs: the client "Home", the usual policy and rules, the first account, a token for this host's own agent;
and one that was restored: that everybody signs in anew.

Secrets are handed over in private files that are on disk before the transaction commits: a start that is killed at any
point has either made nothing, or left what it made where the next start finds it.
"""

from django.db import transaction
from django.utils import timezone

from steward.cli.preflight import first_password_file, host_token_file
from steward.cli.private_file import write_private
from steward.cli.refusal import Refusal
from steward.core.access.public import RefusedMany, first_account
from steward.core.identity.public import User
from steward.core.recovery.public import settle_restored
from steward.core.tenancy.public import Actor, Client, current_scope, scoped, system_scope
from steward.estate.agents.public import enroll_this_host
from steward.estate.clients.public import client_create
from steward.promises.sla.public import usual_policy
from steward.settings.env import Settings
from steward.watch.monitoring.public import usual_rules

HOME = "home"
OWNER_NAME = "Owner"


def make_first_things(settings: Settings, *, email: str, agent: bool) -> None:
    """Make what is missing: the client, the first account when there is none, and with `agent` a token for this host.

    Raises Refusal when `email` is no address.
    """
    try:
        _make(settings, email=email, agent=agent)
    except RefusedMany as refused:
        raise Refusal(str(refused)) from None


def _make(settings: Settings, *, email: str, agent: bool) -> None:
    with scoped(system_scope("first start")), transaction.atomic():
        actor = current_scope().actor
        home = _home(actor)
        usual_policy(actor=actor, timezone=timezone.get_default_timezone_name())
        usual_rules(actor=actor)
        if not User.objects.exists():
            write_private(first_password_file(settings), f"{email}\n{first_account(email, OWNER_NAME)}\n")
        if agent:
            write_private(host_token_file(settings), f"{enroll_this_host(home, actor=actor)}\n")
        settle_restored(settings.data_dir)


def _home(actor: Actor) -> Client:
    found = Client.objects.filter(slug=HOME).first()
    return found or client_create(actor=actor, name="Home", slug=HOME)
