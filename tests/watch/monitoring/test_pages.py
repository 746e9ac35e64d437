# SPDX-License-Identifier: Apache-2.0
"""The pages of rules and checks, and the same for programs."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser
from steward_agent.protocol.policy import AssignedCheck

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.estate.agents.assigning import decode_assigned
from steward.estate.agents.models import Agent
from steward.watch.monitoring.actions import check_create, usual_rules
from steward.watch.monitoring.models import Check, CheckResult, Round, Rule, RuleOverride
from tests.fixtures.watching import MakeRule, MakeWatched, Watched, alerts, pulse, round_of

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
FORM = {"name": "Intranet", "interval_seconds": "60", "timeout_seconds": "5", "enabled": "on"}
JSON = {"content_type": "application/json"}


def _assigned(watched: Watched) -> list[AssignedCheck]:
    with scoped(system_scope("tests")), transaction.atomic():
        return decode_assigned(bytes(Agent.objects.get(pk=watched.agent.pk).assigned))


def _look(watched: Watched, name: str = "Intranet") -> Check:
    with scoped(system_scope("tests")), transaction.atomic():
        return check_create(
            watched.asset,
            actor=current_scope().actor,
            kind="tcp",
            name=name,
            interval_seconds=60,
            timeout_seconds=5,
            config={"host": "intranet.example", "port": 443},
        )


def test_a_check_is_made_from_the_form_of_its_schema_and_the_agent_is_told(
    acme: Client, tess: User, browse: Browse, watched: MakeWatched
) -> None:
    web = watched(acme)
    browser = browse(tess)
    address = f"/assets/{web.asset.number}/checks/new/http/"
    shown = browser.get(address).content.decode()
    assert 'name="config_url"' in shown
    assert 'name="config_status"' in shown
    bad = browser.post(address, FORM | {"config_url": "ftp://intranet.example", "config_method": "GET"})
    assert bad.status_code == 422
    sent = FORM | {
        "config_url": "https://intranet.example/",
        "config_method": "GET",
        "config_headers": "X-Who: steward",
        "config_status": "200-299, 404",
        "config_redirects": "3",
        "config_verify_tls": "on",
    }
    assert browser.post(address, sent).status_code == 302
    [told] = _assigned(web)
    assert (told.kind, told.interval, told.timeout) == ("http", 60, 5.0)
    assert told.config["status"] == ["200-299", "404"]
    assert told.config["headers"] == {"X-Who": "steward"}
    with scoped(system_scope("tests")), transaction.atomic():
        made = Check.objects.get()
    assert browser.get(f"/checks/{made.number}/").status_code == 200
    assert browser.get(f"/checks/{made.number}/looks/").json()["t"] == []
    assert browser.post(f"/checks/{made.number}/edit/", sent | {"enabled": ""}).status_code == 302
    assert _assigned(web) == []


def test_what_was_seen_stands_on_the_checks_page_escaped(
    acme: Client, tess: User, browse: Browse, watched: MakeWatched, now: datetime
) -> None:
    web = watched(acme)
    look = _look(web, "<img src=x onerror=alert(1)>")
    with scoped(system_scope("tests")), transaction.atomic():
        CheckResult.objects.create(
            client=acme, look=look, at=now, began=now, seconds=0.2, verdict="failing", reason="text_missing",
            parameters={"began": "<script>alert(1)</script>"},
        )  # fmt: skip
    browser = browse(tess)
    for address in (f"/checks/{look.number}/", f"/assets/{web.asset.number}/", "/checks/"):
        page = browser.get(address).content.decode()
        assert "&lt;img src=x" in page, address
        assert "<img src=x" not in page, address
        assert "<script>alert(1)" not in page, address


def test_a_rule_is_changed_for_everybody_and_for_one_asset(
    acme: Client, olga: User, browse: Browse, watched: MakeWatched
) -> None:
    web = watched(acme)
    with scoped(system_scope("tests")), transaction.atomic():
        usual_rules(actor=current_scope().actor)
        disk = Rule.objects.get(preset="disk_full")
    browser = browse(olga)
    assert "Filesystem full" in browser.get("/rules/").content.decode()
    assert "Filesystem full" in browser.get(f"/assets/{web.asset.number}/").content.decode()
    sent = {
        "name": "",
        "severity": "major",
        "enabled": "on",
        "config_metric": "fs.used_percent",
        "config_when": "above",
        "config_limit": "98.5",
        "config_back": "96",
        "config_for_seconds": "60",
        "config_back_seconds": "60",
    }
    assert browser.post(f"/rules/{disk.uid}/edit/", sent).status_code == 302
    disk.refresh_from_db()
    assert (disk.config["limit"], disk.severity) == (98.5, "major")
    bad = browser.post(f"/rules/{disk.uid}/edit/", sent | {"config_back": "99"})
    assert bad.status_code == 422
    own = f"/assets/{web.asset.number}/rules/{disk.uid}/"
    assert browser.post(own, sent | {"config_limit": "99.5", "reason": "small on purpose"}).status_code == 302
    page = browser.get(f"/rules/{disk.uid}/").content.decode()
    assert web.asset.name in page
    assert "small on purpose" in page
    with scoped(system_scope("tests")), transaction.atomic():
        override = RuleOverride.objects.get()
    browser.post(f"/rules/{disk.uid}/verb-remove-override/", {"override": str(override.uid)})
    with scoped(system_scope("tests")), transaction.atomic():
        assert not RuleOverride.objects.exists()


def test_an_alert_says_why_and_leads_to_its_rule(
    acme: Client, tess: User, browse: Browse, watched: MakeWatched, rule: MakeRule, now: datetime
) -> None:
    web = watched(acme)
    made = rule("silent", after_seconds=300)
    pulse(now)
    web.heard(timedelta(seconds=400), at=now)
    round_of("silent", now)
    page = browse(tess).get(f"/alerts/{alerts()[0].number}/").content.decode()
    assert "Why does it alert?" in page
    assert f"/rules/{made.uid}/" in page
    heard = now - timedelta(seconds=400)
    assert f'<time class="st-time" datetime="{heard:%Y-%m-%dT%H:%M}' in page, "an instant in the reader's own time"
    assert f'<dd translate="no">{heard:%Y-%m-%dT}' not in page


def test_over_every_page_it_stands_that_rules_are_not_judged(
    tess: User, browse: Browse, now: datetime, db: None
) -> None:
    browser = browse(tess)
    assert "Rules are not judged" not in browser.get("/alerts/").content.decode()
    Round.objects.create(kind="silent", began_at=now, judged_at=now - timedelta(minutes=5))
    assert "Rules are not judged" in browser.get("/alerts/").content.decode()


def test_programs_make_rules_overrides_and_checks_by_the_same_schemas(
    acme: Client, birch: Client, olga: User, browse: Browse, watched: MakeWatched
) -> None:
    web, foreign = watched(acme), watched(birch, "birch-db-01")
    browser = browse(olga)
    kinds = browser.get("/api/v1/rules/kinds").json()
    assert [each["slug"] for each in kinds] == ["check_failing", "silent", "threshold"]
    body = {"name": "Load", "kind": "threshold", "severity": "minor", "config": {"metric": "load.1", "limit": 8}}
    made = browser.post("/api/v1/rules", body, **JSON)
    assert made.status_code == 201
    place = f"/api/v1/rules/{made.json()['uid']}"
    refused = browser.post("/api/v1/rules", body | {"config": {"metric": "load.1", "limit": "much"}}, **JSON)
    assert (refused.status_code, refused.json()["error"]["fields"][0]["field"]) == (422, "limit")
    own = {"client": "acme", "asset": web.asset.number, "severity": "major", "config": body["config"]}
    assert browser.put(f"{place}/overrides", own, **JSON).status_code == 200
    wrong = browser.put(f"{place}/overrides", own | {"asset": foreign.asset.number}, **JSON)
    assert wrong.json()["error"]["fields"][0]["field"] == "asset"
    [override] = browser.get(place).json()["overrides"]
    assert browser.delete(f"{place}/overrides/{override['uid']}").status_code == 204
    look = {"asset": web.asset.number, "kind": "tcp", "name": "Intranet", "config": {"host": "x.example", "port": 443}}
    answered = browser.post("/api/v1/checks", look, **JSON)
    assert answered.status_code == 201
    number = answered.json()["number"]
    refused = browser.post("/api/v1/checks", look | {"config": {"host": "x.example", "port": 0}}, **JSON)
    assert refused.json()["error"]["fields"][0]["field"] == "port"
    refused = browser.post("/api/v1/checks", look | {"interval_seconds": 5}, **JSON)
    assert refused.json()["error"]["fields"][0]["field"] == "timeout_seconds"
    assert len(_assigned(web)) == 1
    assert browser.post(f"/api/v1/checks/{number}/archive", **JSON).json()["archived"] is True
    assert _assigned(web) == []
