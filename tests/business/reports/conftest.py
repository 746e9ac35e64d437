# SPDX-License-Identifier: Apache-2.0
"""A past month of Acme's: tickets with a history, alerts, a machine that was measured. All times are of the month before this one."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.db import transaction
from django.utils import timezone

from steward.business.reports.computing import Counted, count
from steward.business.reports.frozen import FrozenFigure, parts_of
from steward.business.reports.making import keep
from steward.business.reports.models import Counting, CountingState, Report, Revision
from steward.business.reports.month import Month
from steward.core.identity.public import User
from steward.core.telemetry.public import Column, insert_native, insert_samples
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.actions import ticket_open
from steward.desk.tickets.models import Ticket, TicketStatus, TimelineEntry
from steward.estate.agents.models import Agent, AgentState
from steward.estate.assets.models import Asset, AssetKind
from steward.promises.agreements.models import Agreement
from steward.promises.agreements.public import AgreementTerms, agreement_activate, agreement_create
from steward.promises.sla.models import SlaCalendar, SlaPolicyVersion, SlaTarget
from steward.promises.sla.public import SlaPolicy, clock_keep, usual_policy
from tests.fixtures.actors import Acting

ZONE = "Europe/Istanbul"
KIND = "tests.trouble"


def past_month(zone: str = ZONE) -> Month:
    """The latest month that is over for sure."""
    day = timezone.now().date().replace(day=1) - timedelta(days=1)
    found = Month(day.year, day.month, zone)
    before = found.first - timedelta(days=1)
    return found if found.end < timezone.now() - timedelta(days=1, hours=1) else Month(before.year, before.month, zone)


@pytest.fixture
def month() -> Month:
    return past_month()


@pytest.fixture
def on(month: Month) -> Callable[..., datetime]:
    """`on(3, 10, 30)`: the third day of the month, half past ten in UTC."""

    def at(day: int, hour: int = 9, minute: int = 0) -> datetime:
        return datetime(month.year, month.month, day, hour, minute, tzinfo=UTC)

    return at


@pytest.fixture
def contract(acme: Client, omar: User, acting: Acting, month: Month) -> Agreement:
    """Acme's contract under the usual policy; its first version is older than the month."""
    with acting(omar) as actor:
        policy = usual_policy(actor=actor, timezone=ZONE)
        assert policy is not None
        drafted = agreement_create(
            acme, actor=actor, title="Managed services", timezone=ZONE, starts_on=date(2024, 1, 1),
            terms=AgreementTerms(policy),
        )  # fmt: skip
        SlaPolicyVersion.objects.filter(policy=policy).update(valid_from=month.start - timedelta(days=400))
        return agreement_activate(drafted, actor=actor)


def stricter_version(since: datetime) -> None:
    """A second version of the policy from an instant on: P1 is answered within 5 minutes, resolved within 60."""
    policy = SlaPolicy.objects.get()
    made = SlaPolicyVersion.objects.create(
        policy=policy, valid_from=since, on_priority_change="retroactive", on_reopen="resume", pause_resolution=[]
    )
    always = SlaCalendar.objects.get(name="Around the clock")
    for kind, minutes in (("response", 5), ("resolution", 60)):
        SlaTarget.objects.create(version=made, priority="P1", kind=kind, minutes=Decimal(minutes), calendar=always)


Happened = tuple[str, datetime]
MakeTicket = Callable[..., Ticket]


@pytest.fixture
def past_ticket(acme: Client, tess: User, acting: Acting, contract: Agreement) -> MakeTicket:
    """`past_ticket(on(3), ("reply", …), ("resolved", …), ("reopened", …))`: a P1 as the actions would have written it then."""

    def made(at: datetime, *then: Happened, **more: Any) -> Ticket:
        given: dict[str, Any] = {
            "client": acme, "kind": "incident", "impact": 1, "urgency": 1, "source": "console", "summary": "Mail is away",
        } | more  # fmt: skip
        with acting(tess) as actor:
            ticket = ticket_open(actor=actor, at=at, **given)
            for kind, when in then:
                _write(ticket, kind, when)
            clock_keep("tickets.ticket", ticket.uid)
            ticket.refresh_from_db()
        return ticket

    return made


def add_history(ticket: Ticket, *then: Happened) -> None:
    """What happened to a ticket afterwards."""
    with scoped(system_scope("tests")), transaction.atomic():
        for kind, when in then:
            _write(ticket, kind, when)
        clock_keep("tickets.ticket", ticket.uid)


def _write(ticket: Ticket, kind: str, at: datetime) -> None:
    params: Mapping[str, Any] = {
        "reply": {"by": "staff", "automatic": False}, "resolved": {}, "reopened": {"status": "open"},
    }[kind]  # fmt: skip
    TimelineEntry.objects.create(
        client_id=ticket.client_id, ticket=ticket, kind=f"tickets.{kind}", params=params, public=True, at=at,
        actor_kind="person",
    )  # fmt: skip
    if kind == "resolved":
        Ticket.objects.filter(pk=ticket.pk).update(status=TicketStatus.RESOLVED, resolved_at=at)
    if kind == "reopened":
        Ticket.objects.filter(pk=ticket.pk).update(status=TicketStatus.OPEN, resolved_at=None)


class Machine:
    """A machine of Acme's with an approved agent, which says how long it has been running."""

    _sids = iter(range(1, 1_000_000))

    def __init__(self, client: Client, name: str, approved_at: datetime) -> None:
        self.client = client
        with scoped(system_scope("tests")), transaction.atomic():
            number = f"A-{secrets.randbelow(10**9)}"
            self.asset = Asset.objects.create(client=client, number=number, name=name, kind=AssetKind.VIRTUAL_SERVER)
            self.agent = Agent.objects.create(
                client=client, public_key=secrets.token_bytes(32), hostname=name, asset=self.asset,
                state=AgentState.APPROVED, decided_at=approved_at,
            )  # fmt: skip
            Agent.objects.filter(pk=self.agent.pk).update(enrolled_at=approved_at)
        self._series: dict[tuple[str, str], int] = {}

    def measured(self, start: datetime, end: datetime, *, booted: datetime) -> None:
        """It was measured every minute from `start` to `end`, and had been started at `booted`."""
        at = np.arange(start.timestamp(), end.timestamp(), 60.0)
        self._insert(self._sid("host.uptime_seconds", ""), at, at - booted.timestamp())

    def daily(self, metric: str, start: datetime, values: list[float], mount: str = "") -> None:
        """One sample a day, at noon."""
        at = start.timestamp() + 43_200 + np.arange(len(values)) * 86_400.0
        self._insert(self._sid(metric, mount), at, np.array(values))

    def _sid(self, metric: str, mount: str) -> int:
        if (metric, mount) not in self._series:
            sid = self._series[metric, mount] = next(Machine._sids)
            columns = {
                "client": Column("UInt32", np.array([self.client.pk], dtype=np.uint32)),
                "sid": Column("UInt32", np.array([sid], dtype=np.uint32)),
                "agent": Column("UInt32", np.array([self.agent.pk], dtype=np.uint32)),
                "asset": Column("UInt32", np.array([self.asset.pk], dtype=np.uint32)),
                "name": Column("String", [metric]),
                "labels": Column("Map(String, String)", [{"mount": mount} if mount else {}]),
                "interval_s": Column("Float32", np.array([60.0], dtype=np.float32)),
            }
            insert_native("series", columns, token=f"series {uuid4()}")
        return self._series[metric, mount]

    def _insert(self, sid: int, at: Any, values: Any) -> None:
        insert_samples(
            np.full(len(at), self.client.pk, dtype=np.uint32), np.full(len(at), sid, dtype=np.uint32),
            (at * 1000).astype(np.int64), values.astype(np.float64), token=f"samples {uuid4()}",
        )  # fmt: skip


def counted(client: Client, month: Month) -> Counted:
    """The month as a report counts it now."""
    with scoped(system_scope("tests", frozenset({client.pk}))), transaction.atomic():
        return count(client, month)


def finish(report: Report) -> Revision:
    """Count what a report waits for, as a worker would, in the open transaction. Gives the draft."""
    with scoped(system_scope("tests")), transaction.atomic():
        rows = Counting.objects.select_related("report__client")
        asked = rows.get(report=report, state=CountingState.RUNNING)
        draft = keep(asked.uid, count(asked.report.client, asked.report.span), timezone.now())
    assert draft is not None
    return draft


def figures(found: Counted) -> dict[str, FrozenFigure]:
    """The figures of a counted month by their names."""
    return {each.name: each for part in parts_of(found.content) for each in part.figures.values()}


def rows(found: Counted, figure: str) -> list[Any]:
    """What a figure was counted from."""
    return [row for name, row in found.rows if name == figure]


@pytest.fixture
def trouble_kind() -> Iterator[str]:
    """A kind of alert that only tests know."""
    from steward.watch.alerts import kinds

    kinds.register_alert_kind(KIND, words=lambda params: f"Trouble with {params['what']}")
    yield KIND
    kinds._kinds.pop(KIND)
