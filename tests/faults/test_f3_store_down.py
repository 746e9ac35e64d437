# SPDX-License-Identifier: Apache-2.0
"""F3, scaled to seconds: while the telemetry store is down, silence is noticed by the ledger alone and becomes a ticket; what can't be
judged stays as it was and is said, and judging goes on when the store is back."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from steward.core.identity.public import User
from steward.core.notify.models import InboxItem
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.desk.tickets.public import Ticket
from steward.watch.alerts.ticketing import give_tickets
from steward.watch.monitoring.models import BlindSpell
from steward.watch.monitoring.rounds import tell_of_blindness
from tests.fixtures.store import Store, in_force
from tests.fixtures.watching import MakeRule, MakeWatched, alerts, pulse, round_of

pytestmark = pytest.mark.django_db(transaction=True)


def test_alerts_by_heartbeat_and_tickets_go_on_without_the_store(
    store: Store,
    acme: Client,
    olga: User,
    watched: MakeWatched,
    rule: MakeRule,
    now: datetime,
) -> None:
    web, database = watched(acme, "acme-web-01"), watched(acme, "acme-db-01")
    rule("threshold", metric="fs.used_percent", limit=90, for_seconds=60, severity="critical")
    rule("silent", after_seconds=60)
    full = web.series("fs.used_percent", {"mount": "/"})
    web.measure(full, {float(age): 95.0 for age in range(0, 70, 10)}, at=now)
    for each in (web, database):
        each.heard(timedelta(0), at=now)
    pulse(now)
    assert (round_of("threshold", now).opened, round_of("silent", now).opened) == (1, 0)
    store.kill()
    try:
        later = now + timedelta(minutes=2)
        pulse(later)
        web.heard(timedelta(0), at=later)
        assert round_of("threshold", later).fault == "telemetry_away"
        assert round_of("silent", later).opened == 1
        _ticketed()
    finally:
        store.start()
    with scoped(system_scope("tests")), transaction.atomic():
        assert {each.asset_id for each in Ticket.objects.all()} == {web.asset.pk, database.asset.pk}
    assert [each.state for each in alerts()] == ["open", "open"]
    assert BlindSpell.objects.get(kind="threshold").fault == "telemetry_away"
    tell_of_blindness()
    assert InboxItem.objects.filter(person=olga, kind="monitoring.blind").count() == 1
    back = later + timedelta(minutes=1)
    with in_force(store):  # it listens on another port now
        web.measure(full, {float(age): 50.0 for age in range(0, 60, 10)}, at=back)
        assert round_of("threshold", back).over == 1
    assert BlindSpell.objects.get(kind="threshold").until == back


def _ticketed() -> None:
    """What the jobs do that wait, one for each kind."""
    for each in alerts():
        with scoped(system_scope("tests")), transaction.atomic():
            give_tickets([each.pk])
