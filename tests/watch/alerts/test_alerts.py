# SPDX-License-Identifier: Apache-2.0
"""What machines report, and what people do about it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.records.public import parse_number
from steward.core.tenancy.public import Client, ForeignClient, current_scope, scoped, system_scope
from steward.watch.alerts import queries
from steward.watch.alerts.actions import (
    Raising,
    alert_acknowledge,
    alert_judge,
    alert_resolve,
    alert_snooze,
    alert_wake,
    alerts_raise,
    maintenance_begin,
    maintenance_end,
)
from steward.watch.alerts.kinds import UnknownAlertKind, title_of
from steward.watch.alerts.models import Alert, AlertEntry, AlertState
from steward.watch.alerts.public import accuracy, alert_clear
from tests.fixtures.actors import Acting
from tests.watch.alerts.conftest import KIND, MakeAsset, Trouble

pytestmark = pytest.mark.django_db


def _story(alert: Alert) -> list[str]:
    with scoped(system_scope("tests")), transaction.atomic():
        return list(AlertEntry.objects.filter(alert=alert).order_by("at", "pk").values_list("kind", flat=True))


def test_the_same_trouble_is_one_alert_that_counts(acme: Client, trouble: Trouble) -> None:
    first, again = trouble(acme), trouble(acme)
    assert (again.pk, again.number, again.count) == (first.pk, first.number, 2)
    assert parse_number(first.number)[0] == "AL"
    assert again.last_at > first.last_at
    assert _story(first) == ["opened"]


def test_trouble_that_was_over_is_a_new_alert(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme)
    with scoped(system_scope("tests")), transaction.atomic():
        cleared = alert_clear(client=acme, fingerprint=first.fingerprint, params={"value": 42.0})
        assert cleared is not None
        assert cleared.state == AlertState.RESOLVED
        assert alert_clear(client=acme, fingerprint=first.fingerprint) is None
    assert trouble(acme).pk != first.pk
    assert _story(first) == ["opened", "cleared"]


def test_two_clients_with_the_same_fingerprint_have_an_alert_each(
    acme: Client, birch: Client, trouble: Trouble
) -> None:
    assert trouble(acme).pk != trouble(birch).pk


def test_the_database_itself_holds_one_unresolved_alert_for_a_fingerprint(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme)
    with scoped(system_scope("tests")), pytest.raises(IntegrityError), transaction.atomic():
        Alert(client=acme, number="AL-999999", fingerprint=first.fingerprint, kind=KIND, severity="major").save()


def test_many_are_raised_with_as_many_queries_as_few(acme: Client, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]  # pytest-django's own
    def raising(count: int, word: str) -> int:
        given = [Raising(acme, f"{word}:{each}", KIND, "major", {"what": str(each)}) for each in range(count)]
        with scoped(system_scope("tests")), transaction.atomic(), django_assert_max_num_queries(60) as counted:
            found = alerts_raise(given, actor=current_scope().actor)
        assert [each.fingerprint for each in found] == [each.fingerprint for each in given]
        return len(counted)

    few, many = raising(30, "few"), raising(90, "many")
    assert many == few


def test_trouble_that_gets_worse_says_so_and_never_gets_better_by_itself(acme: Client, trouble: Trouble) -> None:
    first = trouble(acme, severity="minor")
    assert trouble(acme, severity="critical").severity == "critical"
    assert trouble(acme, severity="minor").severity == "critical"
    assert _story(first) == ["opened", "worsened"]


def test_what_nobody_declared_or_another_clients_asset_is_refused(
    acme: Client, birch: Client, make_asset: MakeAsset
) -> None:
    foreign = make_asset(birch, "birch-db-01")
    with scoped(system_scope("tests", frozenset({acme.pk}))), transaction.atomic():
        actor = current_scope().actor
        with pytest.raises(UnknownAlertKind):
            alerts_raise([Raising(acme, "x", "nobody.knows", "major")], actor=actor)
        with pytest.raises(ForeignClient):
            alerts_raise([Raising(birch, "x", KIND, "major", {"what": "x"})], actor=actor)
        with pytest.raises(ForeignClient):
            alerts_raise([Raising(acme, "x", KIND, "major", {"what": "x"}, asset=foreign)], actor=actor)
        with pytest.raises(ValueError, match="fingerprint"):
            alerts_raise([Raising(acme, "", KIND, "major", {"what": "x"})], actor=actor)


def test_tess_acknowledges_and_who_comes_second_changes_nothing(
    acme: Client, tess: User, omar: User, trouble: Trouble, acting: Acting
) -> None:
    alert = trouble(acme)
    with acting(tess) as actor:
        assert alert_acknowledge(alert, actor=actor)
    with acting(omar) as actor:
        assert not alert_acknowledge(alert, actor=actor)
        assert queries.alert(alert.number).acknowledged_by == tess
    assert _story(alert) == ["opened", "acknowledged"]


def test_a_put_off_alert_is_not_to_do_until_its_time(
    acme: Client, tess: User, trouble: Trouble, acting: Acting
) -> None:
    alert = trouble(acme)
    with acting(tess) as actor:
        for until in (timezone.now() - timedelta(seconds=1), timezone.now() + timedelta(days=31)):
            with pytest.raises(Refused) as refused:
                alert_snooze(alert, actor=actor, until=until)
            assert refused.value.field == "until"
        alert_snooze(alert, actor=actor, until=timezone.now() + timedelta(hours=1))
        assert alert not in queries.to_do()
        assert alert in queries.unresolved()
        alert_wake(alert, actor=actor)
        assert alert in queries.to_do()


def test_resolving_by_hand_needs_a_reason_and_trouble_that_goes_on_comes_again(
    acme: Client, tess: User, trouble: Trouble, acting: Acting
) -> None:
    alert = trouble(acme)
    with acting(tess) as actor:
        with pytest.raises(Refused) as refused:
            alert_resolve(alert, actor=actor, reason="  ")
        assert refused.value.field == "reason"
        assert alert_resolve(alert, actor=actor, reason="cleaned up").resolved_by == tess
        with pytest.raises(Refused):
            alert_resolve(alert, actor=actor, reason="again")
    assert trouble(acme).pk != alert.pk


def test_verdicts_are_kept_with_person_and_time_and_counted(
    acme: Client, tess: User, trouble: Trouble, acting: Acting
) -> None:
    right, wrong, _unjudged = trouble(acme, "disk"), trouble(acme, "memory"), trouble(acme, "load")
    with acting(tess) as actor:
        alert_judge(right, actor=actor, verdict="true_positive")
        alert_judge(wrong, actor=actor, verdict="true_positive")
        judged = alert_judge(wrong, actor=actor, verdict="false_positive")
        assert (judged.verdict_by, judged.verdict_at is not None) == (tess, True)
        with pytest.raises(Refused):
            alert_judge(right, actor=actor, verdict="perhaps")
        found = accuracy(acme, timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1))
    assert (found.alerts, found.judged, found.right) == (3, 2, 1)
    assert _story(wrong) == ["opened", "judged", "judged"]


def test_what_begins_in_maintenance_is_flagged_and_only_there(
    acme: Client, tess: User, make_asset: MakeAsset, trouble: Trouble, acting: Acting
) -> None:
    web, database = make_asset(acme, "acme-web-01"), make_asset(acme, "acme-db-01")
    with acting(tess) as actor:
        running = maintenance_begin(
            acme, actor=actor, asset=web, ends_at=timezone.now() + timedelta(hours=1), reason="new kernel"
        )
    assert trouble(acme, asset=web).in_maintenance
    assert not trouble(acme, asset=database).in_maintenance
    with acting(tess) as actor:
        assert maintenance_end(running, actor=actor)
        assert not maintenance_end(running, actor=actor)
    assert not trouble(acme, "memory", asset=web).in_maintenance


def test_maintenance_is_not_begun_in_the_past_nor_for_a_foreign_asset(
    acme: Client, birch: Client, tess: User, make_asset: MakeAsset, acting: Acting
) -> None:
    foreign, now = make_asset(birch, "birch-db-01"), timezone.now()
    wrong = {
        "asset": {"asset": foreign, "ends_at": now + timedelta(hours=1)},
        "ends_at": {"asset": None, "ends_at": now + timedelta(days=40)},
        "starts_at": {"asset": None, "starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=1)},
    }
    with acting(tess) as actor:
        for field, given in wrong.items():
            with pytest.raises(Refused) as refused:
                maintenance_begin(acme, actor=actor, reason="x", **given)  # type: ignore[arg-type]  # as the action has them
            assert refused.value.field == field


def test_a_title_whose_room_is_gone_or_whose_parameters_do_not_fit_is_the_kind_itself() -> None:
    assert title_of("gone.away", {}) == "gone.away"
    assert title_of(KIND, {}) == KIND
