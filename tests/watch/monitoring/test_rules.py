# SPDX-License-Identifier: Apache-2.0
"""What rules find in what was measured, told and not heard."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from steward_agent.protocol.results import CheckResult, Verdict

from steward.core.access.public import Refused
from steward.core.identity.public import User
from steward.core.notify.models import InboxItem
from steward.core.notify.rendering import say
from steward.core.telemetry import read
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.watch.alerts.actions import alert_resolve
from steward.watch.alerts.kinds import title_of
from steward.watch.monitoring.actions import (
    check_archive,
    check_create,
    override_remove,
    override_set,
    rule_archive,
    rule_edit,
    usual_rules,
)
from steward.watch.monitoring.intake import take
from steward.watch.monitoring.models import BlindSpell, Check, Round, Rule
from steward.watch.monitoring.models import CheckResult as Kept
from steward.watch.monitoring.registry import BadRule, checked, read_config, rule_kinds
from steward.watch.monitoring.rounds import judge, tell_of_blindness
from tests.fixtures.store import Store
from tests.fixtures.watching import MakeRule, MakeWatched, Watched, alerts, pulse, round_of
from tests.watch.monitoring.machines import many

pytestmark = pytest.mark.django_db
FULL = {"metric": "fs.used_percent", "limit": 90.0, "back": 85.0, "for_seconds": 60, "back_seconds": 30}


def _values(value: float, *, over: int = 70, every: int = 10) -> dict[float, float]:
    return {float(age): value for age in range(0, over, every)}


def test_a_value_beyond_its_limit_for_long_enough_is_one_alert_and_ends_behind_the_other_limit(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", **FULL)
    disk = web.series("fs.used_percent", {"mount": "/srv"})
    web.measure(disk, _values(95.0), at=now)
    assert round_of("threshold", now).opened == 1
    assert round_of("threshold", now).going_on == 1
    [alert] = alerts()
    assert (alert.state, alert.count, alert.asset_id) == ("open", 2, web.asset.pk)
    assert title_of(alert.kind, alert.params) == "Filesystem use (mount=/srv) is 95 %, above 90 %"
    # Under the limit, but not back: it goes on.
    later = now + timedelta(seconds=40)
    web.measure(disk, _values(88.0, over=40), at=later)
    assert round_of("threshold", later).over == 0
    back = later + timedelta(seconds=40)
    web.measure(disk, _values(80.0, over=40), at=back)
    assert round_of("threshold", back).over == 1
    assert alerts()[0].state == "resolved"


@pytest.mark.parametrize(
    ("samples", "why"),
    [
        ({**_values(95.0), 30.0: 89.0}, "one sample lies under the limit"),
        (_values(95.0, over=30), "it is beyond for half of the time so far"),
        ({60.0: 95.0, 0.0: 95.0}, "most of the samples are missing"),
        ({age + 200: value for age, value in _values(95.0, over=60).items()}, "nothing was measured lately"),
        (_values(float("nan")), "nothing was measured at all"),
    ],
)
def test_what_is_not_beyond_for_all_the_time_is_no_trouble(
    store: Store,
    acme: Client,
    watched: MakeWatched,
    rule: MakeRule,
    now: datetime,
    samples: dict[float, float],
    why: str,
) -> None:
    web = watched(acme)
    rule("threshold", **FULL)
    web.measure(web.series("fs.used_percent", {"mount": "/"}), samples, at=now)
    assert round_of("threshold", now).opened == 0, why


def test_a_gap_neither_begins_nor_ends_anything(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", **FULL)
    web.measure(web.series("fs.used_percent", {"mount": "/"}), _values(95.0), at=now)
    round_of("threshold", now)
    assert round_of("threshold", now + timedelta(minutes=30)).over == 0
    assert alerts()[0].state == "open"


def test_a_series_that_its_agent_measures_no_more_is_over_after_an_hour_of_measuring(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", **FULL)
    web.measure(web.series("fs.used_percent", {"mount": "/mnt/gone"}), _values(95.0), at=now)
    assert round_of("threshold", now).opened == 1
    later = now + timedelta(minutes=90)
    uptime = web.series("host.uptime_seconds")
    web.measure(uptime, {float(age): 1.0 for age in range(0, 1800, 10)}, at=later)
    assert round_of("threshold", later).over == 0
    web.measure(uptime, {float(age): 1.0 for age in range(1800, 3600, 10)}, at=later)
    assert round_of("threshold", later).over == 1


def test_each_series_is_judged_by_itself_or_only_those_that_are_named(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", **FULL | {"only": "mount=/srv"})
    for mount in ("/", "/srv"):
        web.measure(web.series("fs.used_percent", {"mount": mount}), _values(95.0), at=now)
    web.measure(web.series("memory.used_percent"), _values(95.0), at=now)
    assert round_of("threshold", now).opened == 1
    assert alerts()[0].params["labels"] == "mount=/srv"


def test_too_little_is_trouble_where_the_rule_says_so(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", metric="memory.available_bytes", when="below", limit=1e6, for_seconds=30)
    web.measure(web.series("memory.available_bytes"), _values(5e5), at=now)
    assert round_of("threshold", now).opened == 1


def test_an_override_of_the_asset_comes_before_the_clients_and_that_before_the_rule(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web, database = watched(acme, "acme-web-01"), watched(acme, "acme-db-01")
    made = rule("threshold", **FULL)
    for each in (web, database):
        each.measure(each.series("fs.used_percent", {"mount": "/"}), _values(95.0), at=now)
    with scoped(system_scope("tests")), transaction.atomic():
        actor = current_scope().actor
        override_set(made, acme, actor=actor, asset=None, enabled=False, severity="minor", config=FULL)
        own = override_set(made, acme, actor=actor, asset=web.asset, enabled=True, severity="critical", config=FULL)
    assert round_of("threshold", now).opened == 1
    [alert] = alerts()
    assert (alert.asset_id, alert.severity) == (web.asset.pk, "critical")
    with scoped(system_scope("tests")), transaction.atomic():
        override_remove(own, actor=current_scope().actor)
    assert round_of("threshold", now).over == 1


def test_a_rule_that_holds_no_more_ends_what_it_alerted_and_by_hand_it_comes_again(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    made = rule("threshold", **FULL)
    web.measure(web.series("fs.used_percent", {"mount": "/"}), _values(95.0), at=now)
    round_of("threshold", now)
    with scoped(system_scope("tests")), transaction.atomic():
        alert_resolve(alerts()[0], actor=current_scope().actor, reason="I think it is over")
    assert round_of("threshold", now).opened == 1
    with scoped(system_scope("tests")), transaction.atomic():
        rule_archive(made, actor=current_scope().actor)
    assert round_of("threshold", now).over == 1
    assert [each.state for each in alerts()] == ["resolved", "resolved"]


def test_silence_is_found_by_the_ledger_alone_and_over_with_the_next_word(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("silent", after_seconds=300)
    pulse(now)
    web.heard(timedelta(seconds=301), at=now)
    assert round_of("silent", now).opened == 1
    web.heard(timedelta(seconds=2), at=now)
    assert round_of("silent", now).over == 1


def test_while_no_gateway_lives_nobody_is_silent_and_the_house_is_blind(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime, olga: object
) -> None:
    web = watched(acme)
    rule("silent", after_seconds=300)
    pulse(now - timedelta(minutes=10))
    web.heard(timedelta(minutes=11), at=now)
    assert round_of("silent", now).fault == "gateway_away"
    assert round_of("silent", now + timedelta(seconds=61)).fault == "gateway_away"
    assert round_of("silent", now + timedelta(seconds=71)).fault == "gateway_away"
    [spell] = BlindSpell.objects.all()
    assert (spell.kind, spell.fault, spell.until) == ("silent", "gateway_away", None)
    # Back: patience begins anew, and the spell has an end.
    back = now + timedelta(seconds=90)
    pulse(back, since=timedelta(seconds=5))
    assert round_of("silent", back).opened == 0
    assert BlindSpell.objects.get().until == back
    assert alerts() == []


def test_a_round_that_comes_late_is_told(acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime) -> None:
    watched(acme)
    rule("silent")
    pulse(now)
    round_of("silent", now - timedelta(minutes=5))
    round_of("silent", now)
    spell = BlindSpell.objects.get()
    assert (spell.since, spell.until, spell.fault) == (now - timedelta(minutes=5), now, "late")
    round_of("silent", now + timedelta(seconds=10))
    assert BlindSpell.objects.count() == 1


def test_who_rules_is_told_once_of_all_that_was_not_judged(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime, olga: User
) -> None:
    web = watched(acme)
    rule("silent")
    rule("check_failing")
    web.heard(timedelta(0), at=now)
    pulse(now - timedelta(minutes=10))
    for kind in ("silent", "check_failing"):
        round_of(kind, now - timedelta(minutes=5))
        round_of(kind, now)
    tell_of_blindness()
    tell_of_blindness()
    round_of("silent", now + timedelta(seconds=10))
    tell_of_blindness()
    with scoped(system_scope("tests")), transaction.atomic():
        [item] = InboxItem.objects.filter(person=olga, kind="monitoring.blind")
        [said] = say([(item.kind, item.params)], language="en", zone="Europe/Istanbul")
        [in_turkish] = say([(item.kind, item.params)], language="tr", zone="UTC")
    since = (now - timedelta(minutes=5)).astimezone(ZoneInfo("Europe/Istanbul"))
    assert said.subject == "Rules are not judged"
    assert f"Since {since:%-d %b %Y, %H:%M} (+03)" in said.text
    assert re.search(r"– Check failing, until .*\. No round was made", said.text)
    assert "– Agent silent, still not judged. No gateway is running" in said.text
    assert in_turkish.subject == "Kurallar değerlendirilmiyor"


def test_while_the_store_is_down_thresholds_say_so_and_silence_is_still_found(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    rule("threshold", **FULL)
    rule("silent", after_seconds=300)
    pulse(now)
    web.heard(timedelta(minutes=6), at=now)
    web.measure(web.series("fs.used_percent", {"mount": "/"}), _values(95.0), at=now)
    round_of("threshold", now)
    store.kill()
    try:
        assert round_of("threshold", now).fault == "telemetry_away"
        assert round_of("silent", now).opened == 1
        assert [each.state for each in alerts()] == ["open", "open"]
        assert Round.objects.get(kind="threshold").fault == "telemetry_away"
    finally:
        store.start()


def _look(watched: Watched) -> Check:
    with scoped(system_scope("tests")), transaction.atomic():
        return check_create(
            watched.asset,
            actor=current_scope().actor,
            kind="tcp",
            name="Intranet",
            interval_seconds=60,
            timeout_seconds=5,
            config={"host": "intranet.example", "port": 443},
        )


def _tell(watched: Watched, look: Check, at: datetime, verdict: Verdict, agent: int = 0, **changed: object) -> None:
    ms = int(at.timestamp() * 1000)
    fields = {"check": str(look.uid), "kind": "tcp", "at": ms, "began": ms + 5, "seconds": 0.25, "verdict": verdict}
    result = CheckResult(**fields | {"reason": "refused", "parameters": {"address": "192.0.2.1"}} | changed)  # type: ignore[arg-type]  # as the struct has them
    with scoped(system_scope("gateway", frozenset({watched.client.pk}))), transaction.atomic():
        take(agent or watched.agent.pk, [result])


def test_three_of_five_failed_looks_are_an_alert_and_unknown_ones_count_neither_way(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    look = _look(web)
    rule("check_failing", failing=3, of=5)
    told = [Verdict.FAILING, Verdict.UNKNOWN, Verdict.FAILING, Verdict.OK]
    for age, verdict in enumerate(told, start=1):
        _tell(web, look, now - timedelta(minutes=age), verdict)
    assert round_of("check_failing", now).opened == 0
    _tell(web, look, now, Verdict.FAILING)
    assert round_of("check_failing", now).opened == 1
    [alert] = alerts()
    assert title_of(alert.kind, alert.params) == "Intranet fails: 3 of the last 5 looks"
    assert alert.ref is not None and alert.ref.uid == look.uid  # noqa: PT018  # one thing
    for age in (60, 120, 180):
        _tell(web, look, now + timedelta(seconds=age), Verdict.OK)
    assert round_of("check_failing", now + timedelta(seconds=180)).over == 1


def test_a_result_is_kept_once_whatever_the_order_and_only_of_the_agents_own_checks(
    acme: Client, birch: Client, watched: MakeWatched, now: datetime
) -> None:
    web, foreign = watched(acme), watched(birch, "birch-db-01")
    look = _look(web)
    for _twice in range(2):
        _tell(web, look, now, Verdict.FAILING)
        _tell(web, look, now - timedelta(minutes=1), Verdict.OK, reason="ok", parameters={})
    _tell(foreign, look, now + timedelta(minutes=1), Verdict.OK)
    _tell(web, look, now + timedelta(minutes=2), Verdict.OK, agent=foreign.agent.pk)
    _tell(web, look, now + timedelta(minutes=3), Verdict.OK, check="no-uid")
    with scoped(system_scope("tests")), transaction.atomic():
        assert Kept.objects.filter(look=look).count() == 2
        look.refresh_from_db()
    assert (look.last_at, look.last_verdict, look.last_parameters) == (now, "failing", {"address": "192.0.2.1"})


def test_a_result_of_the_future_is_not_what_a_check_says_until_then(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    look = _look(web)
    rule("check_failing", failing=1, of=5)
    for year in (1, 50, 5_000):
        _tell(web, look, now.replace(year=now.year + year), Verdict.OK, reason="ok")
    _tell(web, look, now, Verdict.FAILING)
    assert round_of("check_failing", now).opened == 1
    with scoped(system_scope("tests")), transaction.atomic():
        look.refresh_from_db()
    assert (look.last_at, look.last_verdict) == (now, "failing")


def test_an_agent_that_makes_results_up_between_the_seconds_and_of_long_ago_fills_nothing(
    acme: Client, watched: MakeWatched, now: datetime
) -> None:
    web = watched(acme)
    look = _look(web)
    for change in (
        *(timedelta(milliseconds=each) for each in range(1, 50, 7)),
        timedelta(days=40),
        timedelta(days=9_000),
    ):
        _tell(web, look, now - change, Verdict.OK)
    _tell(web, look, now - timedelta(days=30), Verdict.OK)
    with scoped(system_scope("tests")), transaction.atomic():
        assert [each.at for each in Kept.objects.filter(look=look)] == [now - timedelta(days=30)]


def test_a_check_that_is_archived_ends_its_alert(
    acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    look = _look(web)
    rule("check_failing", failing=1, of=1)
    _tell(web, look, now, Verdict.FAILING)
    assert round_of("check_failing", now).opened == 1
    with scoped(system_scope("tests")), transaction.atomic():
        check_archive(look, actor=current_scope().actor)
    assert round_of("check_failing", now).over == 1


def test_the_number_of_queries_does_not_grow_with_assets(
    store: Store, acme: Client, watched: MakeWatched, rule: MakeRule, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        usual_rules(actor=current_scope().actor)
    asked: list[str] = []
    run = read._run

    def counted(sql: str, *args: object, **more: object) -> object:
        asked.append(sql)
        return run(sql, *args, **more)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(read, "_run", counted)
    pulse(now)

    def queries() -> tuple[int, int]:
        asked.clear()
        with CaptureQueriesContext(
            connection,
        ) as ledger:
            for kind in rule_kinds().values():
                outcome = judge(kind, at=now)
                assert outcome is not None
                assert not outcome.fault
        return len(ledger), len(asked)

    queries()  # makes the rows of the rounds
    first = watched(acme, "acme-0")
    many(first, 9)
    few = queries()
    many(first, 990)
    assert queries() == few
    assert Round.objects.get(kind="silent").watched == 1000
    assert few[1] <= 7


def test_a_configuration_that_does_not_fit_names_its_field() -> None:
    wrong = {
        "limit": {"metric": "x", "limit": "much"},
        "metric": {"metric": "; drop", "limit": 1},
        "for_seconds": {"metric": "x", "limit": 1, "for_seconds": 17},
        "colour": {"metric": "x", "limit": 1, "colour": "red"},
    }
    for field, given in wrong.items():
        with pytest.raises(Refused) as refused:
            read_config("threshold", given)
        assert refused.value.field == field
    with pytest.raises(Refused, match="good side"):
        read_config("threshold", {"metric": "x", "limit": 90, "back": 95})
    with pytest.raises(Refused, match="kind"):
        read_config("guess", {})


def test_the_usual_rules_are_made_once_and_what_people_changed_stays(db: None) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        actor = current_scope().actor
        made = usual_rules(actor=actor)
        disk = Rule.objects.get(preset="disk_full")
        rule_edit(disk, actor=actor, name="", severity="info", config=disk.config, enabled=False)
        assert (made, usual_rules(actor=actor)) == (7, 0)
        assert Rule.objects.get(preset="disk_full").severity == "info"


def test_a_file_that_breaks_the_rules_of_the_package_stops_the_start() -> None:
    broken = type("Module", (), {"__name__": "steward.watch.monitoring.rules.broken"})
    with pytest.raises(BadRule, match="lacks SLUG"):
        checked(broken)  # type: ignore[arg-type]  # stands for a module
