# SPDX-License-Identifier: Apache-2.0
"""Acme has a contract under the usual policy, and tickets that Tess works on."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import ticket_open
from steward.desk.tickets.models import Ticket
from steward.promises.agreements.public import Agreement, AgreementTerms, agreement_activate, agreement_create
from steward.promises.sla.public import Obligation, SlaPolicy, obligations_of, usual_policy
from tests.fixtures.actors import Acting

OpenTicket = Callable[..., Ticket]


@pytest.fixture
def standard(omar: User, acting: Acting) -> SlaPolicy:
    with acting(omar) as actor:
        made = usual_policy(actor=actor, timezone="Europe/Istanbul")
    assert made is not None
    return made


@pytest.fixture
def contract(acme: Client, omar: User, acting: Acting, standard: SlaPolicy) -> Agreement:
    with acting(omar) as actor:
        drafted = agreement_create(
            acme,
            actor=actor,
            title="Managed services",
            timezone="Europe/Istanbul",
            starts_on=date(2026, 1, 1),
            terms=AgreementTerms(standard),
        )
        return agreement_activate(drafted, actor=actor)


@pytest.fixture
def open_ticket(acme: Client, tess: User, acting: Acting) -> OpenTicket:
    """`open_ticket(impact=1)`: an incident of Acme's, opened by Tess, of medium impact and urgency unless told."""

    def opened(summary: str = "Mail does not arrive", **more: Any) -> Ticket:
        given: dict[str, Any] = {"client": acme, "kind": "incident", "impact": 2, "urgency": 2, "source": "console"}
        with acting(tess) as actor:
            return ticket_open(actor=actor, summary=summary, **(given | more))

    return opened


def now_of(ticket: Ticket) -> Ticket:
    """The ticket as it is now."""
    with scoped(system_scope("tests")), transaction.atomic():
        return Ticket.objects.select_related("client", "assignee", "queue").get(pk=ticket.pk)


def owed(ticket: Ticket) -> dict[str, Obligation]:
    """What it owes, by kind."""
    with scoped(system_scope("tests")), transaction.atomic():
        return {each.kind: each for each in obligations_of(record_ref(ticket))}


def happened(ticket: Ticket) -> list[tuple[str, dict[str, Any]]]:
    """What stands in its timeline: (kind, params)."""
    with scoped(system_scope("tests")), transaction.atomic():
        return [(each.kind, each.params) for each in ticket.timeline.order_by("at", "pk")]
