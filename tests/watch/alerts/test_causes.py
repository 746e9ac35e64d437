# SPDX-License-Identifier: Apache-2.0
"""One outage explains what hangs on it: the cause has the ticket and the call, whichever was noticed first."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.jobs.public import run_until_idle
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.desk.tickets.public import Ticket, ticket_by_uid, ticket_resolve
from steward.estate.assets.models import Relation, RelationKind
from steward.estate.assets.public import Asset
from steward.watch.alerts import kinds, tasks
from steward.watch.alerts.actions import Raising, alerts_raise, maintenance_begin, maintenance_end
from steward.watch.alerts.kinds import register_alert_kind
from steward.watch.alerts.models import Alert, AlertEntry
from steward.watch.alerts.public import alert_clear
from tests.fixtures.actors import Acting
from tests.watch.alerts.conftest import KIND, MakeAsset

pytestmark = pytest.mark.django_db(transaction=True)
OUT = "tests.out"
Out = Callable[..., Alert]


def _words(params: object) -> str:
    return f"{params['what']} is out"  # type: ignore[index]  # a mapping, as the kind has it


@pytest.fixture(autouse=True)
def outage_kind() -> Iterator[None]:
    """A kind of outage that only tests know."""
    register_alert_kind(OUT, words=_words, outage=True)
    yield
    kinds._kinds.pop(OUT)
    kinds._outages.discard(OUT)


@pytest.fixture
def out(acme: Client) -> Out:
    """`out(switch)`: an asset is out."""

    def raised(*assets: Asset, kind: str = OUT, severity: str = "major") -> Alert:
        given = [
            Raising(acme, f"{kind}:{each.pk}", kind, severity, {"what": each.name}, asset=each, topic="out")
            for each in assets
        ]
        with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
            return alerts_raise(given, actor=current_scope().actor)[0]

    return raised


def _hangs(source: Asset, *targets: Asset, kind: str = RelationKind.RUNS_ON) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        for each in targets:
            Relation.objects.create(client=source.client, source=source, target=each, kind=kind)


def _again(alert: Alert) -> Alert:
    with scoped(system_scope("tests")), transaction.atomic():
        return Alert.objects.select_related("cause").get(pk=alert.pk)


def _ticket(alert: Alert) -> Ticket | None:
    uid = _again(alert).ticket_uid
    with scoped(system_scope("tests")), transaction.atomic():
        return ticket_by_uid(uid) if uid is not None else None


def _count() -> int:
    with scoped(system_scope("tests")), transaction.atomic():
        return Ticket.objects.count()


def _notes(ticket: Ticket | None) -> list[str]:
    assert ticket is not None
    with scoped(system_scope("tests")), transaction.atomic():
        found = ticket.timeline.order_by("at", "pk").values_list("kind", flat=True)
        return [each for each in found if each.startswith("alerts.")]


def _sweep() -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        tasks.without_ticket()
    run_until_idle()


def _moved(by: timedelta, *alerts: Alert) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        for each in Alert.objects.filter(pk__in=[each.pk for each in alerts]):
            Alert.objects.filter(pk=each.pk).update(opened_at=each.opened_at + by)


@pytest.mark.parametrize("batch", [100, 1])
@pytest.mark.parametrize("first", [True, False])
def test_what_hangs_on_a_dead_switch_joins_the_ticket_of_the_switch(
    acme: Client, make_asset: MakeAsset, out: Out, monkeypatch: pytest.MonkeyPatch, batch: int, first: bool
) -> None:
    monkeypatch.setattr(tasks, "BATCH", batch)
    switch, host, guest = (make_asset(acme, each) for each in ("switch", "host", "guest"))
    _hangs(host, switch, kind=RelationKind.DEPENDS_ON)
    _hangs(guest, host)
    out(*((switch, host, guest) if first else (guest, host, switch)))
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        by_asset = {each.asset_id: each for each in Alert.objects.select_related("cause")}
    cause = by_asset[switch.pk]
    assert [by_asset[each.pk].cause for each in (switch, host, guest)] == [None, cause, cause]
    assert _count() == 1
    ticket = _ticket(cause)
    assert ticket is not None
    assert (ticket.asset_id, ticket.summary) == (switch.pk, "switch is out")
    assert {each.ticket_uid for each in by_asset.values()} == {ticket.uid}
    assert set(_notes(ticket)) == {"alerts.behind"}


def test_a_cause_that_is_noticed_later_has_its_own_ticket_and_the_earlier_ones_are_told(
    acme: Client, make_asset: MakeAsset, out: Out
) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    earlier = out(host)
    run_until_idle()
    cause = out(switch)
    run_until_idle()
    assert _again(earlier).cause == cause
    assert _count() == 2
    assert _notes(_ticket(earlier)) == ["alerts.explained"]
    with scoped(system_scope("tests")), transaction.atomic():
        entries = AlertEntry.objects.filter(alert=earlier, kind="explained")
        assert [each.params for each in entries] == [{"cause": cause.number}]


def test_a_cause_of_a_storm_joins_its_ticket_which_is_told(acme: Client, make_asset: MakeAsset, out: Out) -> None:
    switch, *hosts = (make_asset(acme, f"host-{each}") for each in range(13))
    out(*hosts)
    run_until_idle()
    for each in hosts:
        _hangs(each, switch)
    cause = out(switch)
    run_until_idle()
    assert _count() == 1
    with scoped(system_scope("tests")), transaction.atomic():
        assert Alert.objects.filter(cause=cause).count() == 12
    assert _notes(_ticket(cause))[-2:] == ["alerts.joined", "alerts.explained"]


def test_a_storm_behind_a_switch_is_the_ticket_of_the_switch(acme: Client, make_asset: MakeAsset, out: Out) -> None:
    switch, *hosts = (make_asset(acme, f"host-{each}") for each in range(13))
    for each in hosts:
        _hangs(each, switch)
    out(*hosts[:6], switch, *hosts[6:])
    run_until_idle()
    assert _count() == 1
    with scoped(system_scope("tests")), transaction.atomic():
        ticket = Ticket.objects.get()
    assert (ticket.asset_id, ticket.impact) == (switch.pk, 2)


def test_a_worse_one_behind_raises_the_ticket_and_nobody_is_told_that_the_cause_got_worse(
    acme: Client, make_asset: MakeAsset, out: Out, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "BATCH", 1)
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    out(host, switch, severity="minor")
    run_until_idle()
    out(host, severity="critical")
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        ticket = Ticket.objects.get()
        [page] = [each for each in _notes(ticket) if each == "alerts.called"]
    assert (ticket.priority, page) == ("P1", "alerts.called")
    assert _notes(ticket).count("alerts.worsened") == 1


def test_while_the_cause_is_expected_what_hangs_on_it_waits_too(
    acme: Client, make_asset: MakeAsset, out: Out, acting: Acting, tess: User
) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    with acting(tess) as actor:
        end = timezone.now() + timedelta(hours=1)
        running = maintenance_begin(acme, actor=actor, asset=switch, ends_at=end, reason="firmware")
    alert = out(host, switch)
    run_until_idle()
    _moved(-timedelta(minutes=2), alert, _again(alert))
    _sweep()
    assert _count() == 0
    assert _again(alert).cause is not None
    with scoped(system_scope("tests")), transaction.atomic():
        assert AlertEntry.objects.filter(alert=alert, kind="explained").count() == 1
    with acting(tess) as actor:
        maintenance_end(running, actor=actor)
    with scoped(system_scope("tests")), transaction.atomic():
        Alert.objects.update(opened_at=timezone.now() - timedelta(minutes=3))
    _sweep()
    assert _count() == 1
    assert _ticket(alert) is not None


def test_what_goes_on_after_its_cause_gets_a_ticket_of_its_own(acme: Client, make_asset: MakeAsset, out: Out) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    alert = out(host, switch)
    run_until_idle()
    first = _ticket(alert)
    with scoped(system_scope("tests")), transaction.atomic():
        cause = alert_clear(client=acme, fingerprint=f"{OUT}:{switch.pk}")
    run_until_idle()
    _sweep()
    assert _ticket(alert) == first, "it has five minutes"
    assert cause is not None
    with scoped(system_scope("tests")), transaction.atomic():
        Alert.objects.update(opened_at=timezone.now() - timedelta(minutes=9))
        Alert.objects.filter(pk=cause.pk).update(resolved_at=timezone.now() - timedelta(minutes=6))
    _sweep()
    assert _ticket(alert) not in (None, first)
    assert _again(alert).cause is None
    assert _notes(first)[-1] == "alerts.left_behind"


def test_what_comes_after_the_ticket_of_the_cause_was_resolved_by_hand_is_not_left_to_it(
    acme: Client, make_asset: MakeAsset, out: Out
) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    cause = out(switch)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        ticket = _ticket(cause)
        assert ticket is not None
        ticket_resolve(actor=current_scope().actor, ticket=ticket, resolution="Unplugged on purpose.")
    alert = out(host)
    run_until_idle()
    assert _ticket(alert) not in (None, ticket)


@pytest.mark.parametrize("why", ["no relation", "backs it up", "circle", "long before", "no outage", "over"])
def test_each_has_its_own_ticket_where_nothing_explains_the_other(
    acme: Client, make_asset: MakeAsset, out: Out, why: str
) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    if why == "backs it up":
        _hangs(host, switch, kind=RelationKind.BACKS_UP)
    elif why != "no relation":
        _hangs(host, switch)
    if why == "circle":
        _hangs(switch, host, kind=RelationKind.DEPENDS_ON)
    cause = out(switch)
    if why == "long before":
        _moved(-timedelta(minutes=31), cause)
    if why == "over":
        with scoped(system_scope("tests")), transaction.atomic():
            alert_clear(client=acme, fingerprint=f"{OUT}:{switch.pk}")
        run_until_idle()
    alert = out(host, kind=KIND if why == "no outage" else OUT)
    run_until_idle()
    assert _again(alert).cause is None
    assert _ticket(alert) not in (None, _ticket(cause))


def test_the_page_the_list_and_the_interface_lead_from_one_to_the_other(
    acme: Client, make_asset: MakeAsset, out: Out, tess: User
) -> None:
    switch, host = make_asset(acme, "switch"), make_asset(acme, "host")
    _hangs(host, switch)
    cause = out(switch, host)
    run_until_idle()
    with scoped(system_scope("tests")), transaction.atomic():
        alert = Alert.objects.get(cause=cause)
    browser = Browser()
    browser.force_login(tess)
    assert f"/alerts/{cause.number}/" in browser.get(f"/alerts/{alert.number}/").content.decode()
    page = browser.get(f"/alerts/{cause.number}/").content.decode()
    assert f"/alerts/?cause={cause.number}" in page
    assert f"/alerts/{alert.number}/" in page
    listed = browser.get(f"/api/v1/alerts?cause={cause.number}").json()["items"]
    assert [each["cause"] for each in listed] == [cause.number]
    assert browser.get(f"/api/v1/alerts?cause={cause.number}0").json()["items"] == []
    assert browser.get(f"/api/v1/alerts/{alert.number}").json()["cause"] == cause.number
    said = browser.get(f"/api/v1/alerts/{alert.number}").json()["entries"]
    assert f"Likely explained by {cause.number}" in [each["text"] for each in said]
