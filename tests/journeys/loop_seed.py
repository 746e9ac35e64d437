# SPDX-License-Identifier: Apache-2.0
"""What the promise loop begins with, made within a running house: a client with a contract whose times are minutes, somebody on
call, a rule that waits seconds, and a token for the machine that will be in trouble. Prints the token and a session of the owner."""

import os
from datetime import timedelta
from decimal import Decimal

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from django.db import transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from steward.core.access.public import Role  # noqa: E402
from steward.core.tenancy.public import Actor, Client, current_scope, scoped, system_scope  # noqa: E402
from steward.desk.oncall.actions import NewStep  # noqa: E402
from steward.desk.oncall.actions import policy_create as escalation_create  # noqa: E402
from steward.estate.agents.actions import token_mint  # noqa: E402
from steward.estate.clients.public import client_create  # noqa: E402
from steward.promises.agreements.public import AgreementTerms, agreement_activate, agreement_create  # noqa: E402
from steward.promises.sla.actions import PolicyTerms, TargetTerms, ThresholdTerms, policy_create  # noqa: E402
from steward.promises.sla.models import PRIORITIES, SlaCalendar  # noqa: E402
from steward.promises.sla.public import Kind  # noqa: E402
from steward.watch.monitoring.actions import rule_edit  # noqa: E402
from steward.watch.monitoring.models import Rule  # noqa: E402
from tests.fixtures.actors import make_person  # noqa: E402
from tests.fixtures.browser import session_of  # noqa: E402

RESPONSE, RESOLUTION = Decimal("2.25"), Decimal("2.5")  # minutes
# In the order in which they must come: 38, 60 and 75 seconds after the ticket.
STEPS = ((25, "notify_assignee"), (40, "raise_tier"), (50, "page_on_call"))


def main() -> None:
    with scoped(system_scope("journey")), transaction.atomic():
        actor = current_scope().actor
        owner = make_person("Olga Owner", Role.OWNER)
        acme = client_create(actor=actor, name="Acme", slug="acme")
        _contract(acme, actor)
        escalation_create(actor=actor, name="Whoever owns it", rounds=3, is_default=True, steps=[NewStep(owner, 600)])
        rule = Rule.objects.get(preset="disk_full")
        rule_edit(
            rule,
            actor=actor,
            name="",
            severity="critical",
            config=rule.config | {"for_seconds": 10, "back_seconds": 10},
            enabled=True,
        )
        token = token_mint(
            acme,
            actor=actor,
            name="The machine in trouble",
            expires_at=timezone.now() + timedelta(hours=1),
            max_uses=1,
            pre_approved=True,
        ).text
        print(f"\n{token} {session_of(owner)}")


def _contract(acme: Client, actor: Actor) -> None:
    always = SlaCalendar.objects.get(name="Around the clock")
    targets = [
        TargetTerms(priority, kind, minutes, always)
        for priority in PRIORITIES
        for kind, minutes in ((Kind.RESPONSE, RESPONSE), (Kind.RESOLUTION, RESOLUTION))
    ]
    thresholds = [ThresholdTerms(Kind.RESOLUTION, percent, what) for percent, what in STEPS]
    policy = policy_create(actor=actor, name="Minutes", terms=PolicyTerms(targets=targets, thresholds=thresholds))
    drafted = agreement_create(
        acme,
        actor=actor,
        title="Managed services",
        timezone="Europe/Istanbul",
        starts_on=timezone.now().date() - timedelta(days=1),
        terms=AgreementTerms(policy),
    )
    agreement_activate(drafted, actor=actor)


if __name__ == "__main__":
    main()
