# SPDX-License-Identifier: Apache-2.0
"""One alert opens or joins one ticket, once, and the ticket is told."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.desk.tickets.public import Ticket, ticket_edit, ticket_resolve, tickets_linked_to
from steward.watch.alerts import tasks, ticketing
from steward.watch.alerts.actions import Raising, alerts_clear, alerts_raise, maintenance_begin, maintenance_end
from steward.watch.alerts.models import Alert
from steward.watch.alerts.public import alert_clear
from tests.fixtures.actors import Acting
from tests.watch.alerts.conftest import KIND, MakeAsset, Trouble

pytestmark = pytest.mark.django_db(transaction=True)


def _tickets(alert: Alert) -> list[Ticket]:
    with scoped(system_scope("tests")), transaction.atomic():
        return tickets_linked_to(record_ref(alert))


def _notes(ticket: Ticket) -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(ticket.timeline.order_by("at", "pk").values_list("kind", flat=True))


def test_an_alert_opens_one_ticket_however_often_the_job_runs(
    acme: Client, make_asset: MakeAsset, trouble: Trouble
) -> None:
    web = make_asset(acme, "acme-web-01")
    alert = trouble(acme, severity="critical", asset=web)
    run_until_idle()
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        ticketing.give_tickets([alert.pk])
    [ticket] = _tickets(alert)
    assert (ticket.priority, ticket.kind, ticket.source) == ("P1", "incident", "alert")
    assert (ticket.asset_id, ticket.summary) == (web.pk, "Trouble with disk")
    assert ticket.opened_at == alert.opened_at


def test_the_same_trouble_again_joins_the_open_ticket_and_it_is_told_both_times(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        alert_clear(client=acme, fingerprint=first.fingerprint)
    run_until_idle()
    second = trouble(acme)
    run_until_idle()
    assert _tickets(first) == _tickets(second)
    [ticket] = _tickets(second)
    kinds = _notes(ticket)
    assert [each for each in kinds if each.startswith("alerts.")] == ["alerts.cleared", "alerts.joined"]


def test_a_worse_alert_raises_the_ticket_it_joins_and_the_same_again_does_not(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme, severity="major")
    run_until_idle()
    assert _tickets(first)[0].priority == "P2"
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        given = Raising(acme, "disk, worse", KIND, "critical", {"what": "disk"}, topic="disk")
        worse = alerts_raise([given], actor=current_scope().actor)
    run_until_idle()
    assert _tickets(first) == _tickets(worse[0])
    assert _tickets(first)[0].priority == "P1"
    with scoped(system_scope("tests")), transaction.atomic():
        ticket_edit(actor=current_scope().actor, ticket=_tickets(first)[0], impact=3, urgency=3)
        alert_clear(client=acme, fingerprint=worse[0].fingerprint)
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        alerts_raise([given], actor=current_scope().actor)
    run_until_idle()
    assert _tickets(first)[0].priority == "P4"


def test_after_the_ticket_is_resolved_the_same_trouble_opens_another(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        alert_clear(client=acme, fingerprint=first.fingerprint)
        ticket_resolve(actor=current_scope().actor, ticket=_tickets(first)[0], resolution="Logs rotated.")
    second = trouble(acme)
    run_until_idle()
    assert {each.pk for each in _tickets(first)}.isdisjoint({each.pk for each in _tickets(second)})


def test_information_and_what_is_in_maintenance_open_none_until_maintenance_is_over(
    acme: Client, tess: User, make_asset: MakeAsset, trouble: Trouble, acting: Acting
) -> None:
    web = make_asset(acme, "acme-web-01")
    with acting(tess) as actor:
        running = maintenance_begin(
            acme, actor=actor, asset=web, ends_at=timezone.now() + timedelta(hours=1), reason="new kernel"
        )
    told, expected = trouble(acme, "note", severity="info"), trouble(acme, asset=web)
    run_until_idle()
    assert _tickets(told) == _tickets(expected) == []
    with scoped(system_scope("tests")), transaction.atomic():
        Alert.objects.update(opened_at=timezone.now() - timedelta(minutes=2))
        tasks.without_ticket()
    run_until_idle()
    assert _tickets(expected) == []
    with acting(tess) as actor:
        maintenance_end(running, actor=actor)
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.without_ticket()
    run_until_idle()
    assert len(_tickets(expected)) == 1
    assert _tickets(told) == []


def test_a_storm_is_one_ticket_that_names_no_asset_and_is_told_once_when_it_is_over(
    acme: Client, make_asset: MakeAsset
) -> None:
    assets = [make_asset(acme, f"acme-{each}") for each in range(15)]
    given = [Raising(acme, f"gone:{each.pk}", KIND, "major", {"what": each.name}, asset=each) for each in assets]
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        alerts = alerts_raise(given, actor=current_scope().actor)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        [ticket] = Ticket.objects.all()
        assert Alert.objects.filter(ticket_uid=ticket.uid).count() == 15
    assert (ticket.asset_id, ticket.impact) == (None, 1)
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        assert len(alerts_clear(alerts, actor=current_scope().actor)) == 15
    run_until_idle()
    assert [each for each in _notes(ticket) if each.startswith("alerts.cleared")] == ["alerts.cleared_many"]
