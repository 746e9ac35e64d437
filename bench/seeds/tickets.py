# SPDX-License-Identifier: Apache-2.0
"""Fills a Steward with tickets for `bench/tickets.py`, and counts the queries of pages: `python -m bench.seeds.tickets 100000 /tickets/ …`.

One in ten is open. Each has the history and the obligations that the product's own writes would have left: opened, answered, resolved."""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from steward.core.access.public import Role, actor_for  # noqa: E402
from steward.core.identity.public import User  # noqa: E402
from steward.core.tenancy.public import Client, scoped, system_scope  # noqa: E402
from steward.desk.tickets.models import TICKET, Ticket, TimelineEntry  # noqa: E402
from steward.promises.sla.public import Obligation, SlaPolicyVersion, policies_in_use, usual_policy  # noqa: E402
from tests.fixtures.actors import make_person  # noqa: E402
from tests.fixtures.browser import session_of  # noqa: E402

CLIENTS = 80
BLOCK = 2_000
OPEN_EVERY = 10
LEVELS = (
    (1, 1, "P1", 900, 14_400),
    (1, 2, "P2", 3_600, 28_800),
    (2, 2, "P3", 14_400, 86_400),
    (3, 3, "P4", 28_800, 259_200),
)
NOW = datetime.now(UTC).replace(microsecond=0)


def main(tickets: int, pages: list[str]) -> None:
    """Print, as the last line, a session's key and the number of queries of each page."""
    with transaction.atomic():
        person = User.objects.filter(email="olga@msp.example").first() or make_person("Olga Owner", Role.OWNER)
        session = session_of(person)
    with scoped(system_scope("bench")):
        with transaction.atomic():
            usual_policy(actor=actor_for(person), timezone="UTC")
        _fill(tickets, person)
        if tickets > BLOCK:
            _analyse()
    browser = Browser(HTTP_HOST="localhost")
    browser.cookies["steward_session"] = session
    counts = []
    for page in pages:
        browser.get(page)
        with CaptureQueriesContext(connection) as seen:
            browser.get(page)
        counts.append(len(seen))
    print(f"\n{session}", *counts)


def _fill(tickets: int, person: User) -> None:
    with transaction.atomic():
        have = Ticket.objects.count()
        for number in range(Client.objects.count(), CLIENTS if tickets > 1000 else 3):
            Client.objects.create(slug=f"client-{number}", name=f"Client {number:03}")
        clients = list(Client.objects.all())
        policy = policies_in_use().order_by("id").first()
        assert policy is not None
        version = policy.versions.get()
    for begin in range(have, tickets, BLOCK):
        numbers = range(begin, min(begin + BLOCK, tickets))
        with transaction.atomic():
            rows = Ticket.objects.bulk_create(_ticket(number, clients, person) for number in numbers)
            found = list(Ticket.objects.filter(pk__in=[each.pk for each in rows]).order_by("pk"))
            TimelineEntry.objects.bulk_create(entry for each in found for entry in _history(each, person))
            Obligation.objects.bulk_create(owed for each in found for owed in _owed(each, version))


def _ticket(number: int, clients: Sequence[Client], person: User) -> Ticket:
    impact, urgency, priority, _response, resolution = LEVELS[number % len(LEVELS)]
    opened = NOW - timedelta(minutes=number % 5_000)
    is_open = number % OPEN_EVERY == 0
    return Ticket(
        client=clients[number % len(clients)],
        number=f"T-{number + 1}",
        kind="incident",
        status=("open", "waiting_client", "scheduled")[number % 3] if is_open else "resolved",
        impact=impact,
        urgency=urgency,
        priority=priority,
        assignee=person if number % 40 == 0 else None,
        summary=f"printer-{number:06} prints blank",
        description="Since this morning.",
        source="console",
        opened_at=opened,
        resolved_at=None if is_open else opened + timedelta(minutes=30),
        resolution="" if is_open else "Replaced the drum.",
        changed_at=opened,
        due_at=opened + timedelta(seconds=resolution) if is_open else None,
        due_kind="resolution" if is_open else "",
        reply_token=f"{number:016x}",
    )


def _history(ticket: Ticket, person: User) -> Iterator[TimelineEntry]:
    def entry(kind: str, minutes: int, **params: Any) -> TimelineEntry:
        at = ticket.opened_at + timedelta(minutes=minutes)
        return TimelineEntry(
            client_id=ticket.client_id,
            ticket=ticket,
            kind=kind,
            params=params,
            public=True,
            at=at,
            actor_kind="person",
            person=person,
        )

    yield entry("tickets.opened", 0, status="new", priority=ticket.priority, source="console")
    yield entry("tickets.reply", 5, by="staff", automatic=False)
    yield entry("tickets.status", 5, before="new", after="open")
    if ticket.is_resolved:
        yield entry("tickets.resolved", 30)
    elif ticket.status != "open":
        yield entry("tickets.status", 10, before="open", after=ticket.status)


def _owed(ticket: Ticket, version: SlaPolicyVersion) -> Iterator[Obligation]:
    level = next(each for each in LEVELS if each[2] == ticket.priority)
    for kind, seconds, met in (("response", level[3], 5), ("resolution", level[4], 30 if ticket.is_resolved else None)):
        yield Obligation(
            client_id=ticket.client_id,
            clause="AGR-1 3.1",
            kind=kind,
            subject_kind=TICKET,
            subject_uid=ticket.uid,
            version=version,
            priority=ticket.priority,
            state="met" if met is not None else "open",
            target_seconds=seconds,
            zero_at=ticket.opened_at,
            due_at=ticket.opened_at + timedelta(seconds=seconds),
            met_at=ticket.opened_at + timedelta(minutes=met) if met is not None else None,
        )


def _analyse() -> None:
    """Wait until autovacuum has looked at the new rows, as it does within a minute or two: the planner guesses before."""
    deadline = time.monotonic() + 240
    wanted = {"tickets_ticket", "tickets_timelineentry", "sla_obligation"}
    while time.monotonic() < deadline:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "select relname from pg_stat_user_tables where last_autoanalyze is not null and n_mod_since_analyze < 3000"
            )
            if wanted <= {name for (name,) in cursor.fetchall()}:
                return
        time.sleep(1)
    raise SystemExit("autovacuum did not analyse the tickets within four minutes")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
