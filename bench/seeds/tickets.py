# SPDX-License-Identifier: Apache-2.0
"""Fills a Steward with tickets for `bench/tickets.py`, and counts the queries of pages: `python -m bench.seeds.tickets 100000 /tickets/ …`.

One in ten is open. Each has what the product's own writes would have left: what was said, its history, what it owes, what search
knows of it. The database makes the rows itself, since 100,000 tickets are a million of them. T-5 was talked about a hundred times.
Only the copy of what is due leaves the hours of calendars out; the clocks themselves are read from the history as everywhere."""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "steward.settings.django")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Max  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from steward.core.access.public import Role, actor_for  # noqa: E402
from steward.core.identity.public import User  # noqa: E402
from steward.core.records.public import Statements  # noqa: E402
from steward.core.tenancy.public import Client, scoped, system_scope  # noqa: E402
from steward.desk.tickets.models import Message, Queue, Ticket  # noqa: E402
from steward.estate.assets.models import Asset  # noqa: E402
from steward.estate.clients.models import ClientProfile, Contact  # noqa: E402
from steward.promises.sla.public import policies_in_use, usual_policy  # noqa: E402
from tests.fixtures.actors import make_person  # noqa: E402
from tests.fixtures.browser import session_of  # noqa: E402

CLIENTS, QUEUES, PEOPLE = 80, 6, 20
BLOCK = 20_000
LONG = "T-5"
TABLES = {"tickets_ticket", "tickets_timelineentry", "tickets_message", "sla_obligation", "search_searchdocument"}
statements = Statements("bench.seeds")


def main(tickets: int, pages: list[str]) -> None:
    """Print, as the last line, a session's key and the number of queries of each page."""
    begun = time.monotonic()
    with transaction.atomic():
        person = User.objects.filter(email="olga@msp.example").first() or make_person("Olga Owner", Role.OWNER)
        session = session_of(person)
    with scoped(system_scope("bench")):
        with transaction.atomic():
            usual_policy(actor=actor_for(person), timezone="UTC")
            around = _around(CLIENTS if tickets > 1000 else 3, person)
        _fill(tickets, around, person)
        print(f"{tickets} tickets after {time.monotonic() - begun:.1f} s")
        if tickets > BLOCK:
            _until_analysed()
    browser = Browser(HTTP_HOST="localhost")
    browser.cookies["steward_session"] = session
    counts = []
    for page in pages:
        browser.get(page)
        with CaptureQueriesContext(connection) as seen:
            browser.get(page)
        counts.append(len(seen))
    print(f"\n{session}", *counts)


def _around(clients: int, person: User) -> dict[str, list[int]]:
    """What tickets point to, by its key: clients with a contact and an asset each, queues, people who work on tickets."""
    for number in range(Client.objects.count(), clients):
        client = Client.objects.create(slug=f"client-{number}", name=f"Client {number:03}")
        ClientProfile.objects.create(client=client)
    everyone = list(Client.objects.order_by("pk"))
    for client in everyone:
        if not Contact.objects.filter(client=client).exists():
            Contact.objects.create(client=client, name=f"Alice of {client.name}", email=f"alice@{client.slug}.example")
        if not Asset.objects.filter(client=client, number=f"A-9{client.pk}").exists():
            Asset.objects.create(client=client, number=f"A-9{client.pk}", name=f"prn-{client.pk}", kind="workstation")
    for number in range(Queue.objects.count(), QUEUES):
        Queue.objects.create(name=f"Team {number}")
    for number in range(User.objects.count(), PEOPLE):
        make_person(f"Tess{number:02} Technician", Role.TECHNICIAN_L2)
    staff = User.objects.exclude(pk=person.pk).order_by("pk").values_list("pk", flat=True)
    return {
        "clients": [each.pk for each in everyone],
        "contacts": [Contact.objects.filter(client=each).order_by("pk")[0].pk for each in everyone],
        "assets": [Asset.objects.get(client=each, number=f"A-9{each.pk}").pk for each in everyone],
        "queues": list(Queue.objects.order_by("pk").values_list("pk", flat=True)),
        "people": [person.pk, *staff],
    }


def _fill(tickets: int, around: dict[str, list[int]], person: User) -> None:
    with transaction.atomic():
        have = Ticket.objects.count()
        policy = policies_in_use().order_by("id").first()
        assert policy is not None
        version = policy.versions.get()
    for begin in range(have, tickets, BLOCK):
        with transaction.atomic():
            after = Ticket.objects.aggregate(last=Max("pk"))["last"] or 0
            said_after = Message.objects.aggregate(last=Max("pk"))["last"] or 0
            numbers = {"first": begin + 1, "last": min(begin + BLOCK, tickets)}
            statements.run("tickets", **numbers, **around)
            statements.run("numbered", **numbers)
            statements.run("messages", after=after, person=person.pk)
            if not begin:
                statements.run("long_conversation", number=LONG, person=person.pk)
            statements.run("said", after=said_after)
            statements.run("happened", after=after, person=person.pk)
            statements.run("owed", after=after, version=version.pk)
            statements.run("found", after=after)


def _until_analysed() -> None:
    """Wait until autovacuum has looked at the new rows, as it does within a minute or two: the planner guesses before."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with transaction.atomic():
            if {each["relname"] for each in statements.rows("analysed")} >= TABLES:
                return
        time.sleep(1)
    raise SystemExit("autovacuum did not analyse the tickets within four minutes")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
