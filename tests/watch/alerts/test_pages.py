# SPDX-License-Identifier: Apache-2.0
"""The pages of alerts, and the same for programs."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.watch.alerts.models import Alert, Maintenance
from tests.watch.alerts.conftest import MakeAsset, Trouble

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


def _now(alert: Alert) -> Alert:
    with scoped(system_scope("tests")), transaction.atomic():
        return Alert.objects.get(pk=alert.pk)


def test_the_list_the_record_and_the_asset_show_what_goes_on(
    acme: Client, tess: User, browse: Browse, make_asset: MakeAsset, trouble: Trouble
) -> None:
    web = make_asset(acme, "acme-web-01")
    alert = trouble(acme, "<script>alert(1)</script>", asset=web)
    browser = browse(tess)
    for address in ("/alerts/", f"/alerts/{alert.number}/", f"/assets/{web.number}/", "/"):
        page = browser.get(address)
        assert page.status_code == 200, address
        assert "&lt;script&gt;alert(1)" in page.content.decode(), address
        assert "<script>alert(1)" not in page.content.decode(), address


def test_tess_works_through_an_alert_on_its_page(acme: Client, tess: User, browse: Browse, trouble: Trouble) -> None:
    alert = trouble(acme)
    browser = browse(tess)
    place = f"/alerts/{alert.number}/"
    assert browser.post(f"{place}verb-acknowledge/").status_code == 302
    assert _now(alert).acknowledged_by_id == tess.pk
    assert browser.post(f"{place}verb-snooze/", {"for": "4h"}).status_code == 302
    put_off = _now(alert).snoozed_until
    assert put_off is not None
    assert abs(put_off - timezone.now() - timedelta(hours=4)) < timedelta(minutes=1)
    browser.post(f"{place}verb-snooze/", {"for": "ever"})
    assert _now(alert).snoozed_until == put_off
    browser.post(f"{place}verb-wake/")
    browser.post(f"{place}verb-judge/", {"verdict": "false_positive"})
    assert (_now(alert).snoozed_until, _now(alert).verdict) == (None, "false_positive")
    assert browser.post(f"{place}resolve/", {"reason": ""}).status_code == 422
    assert browser.post(f"{place}resolve/", {"reason": "cleaned up"}).status_code == 302
    assert _now(alert).is_resolved


def test_maintenance_begins_and_ends_on_the_assets_page(
    acme: Client, tess: User, browse: Browse, make_asset: MakeAsset
) -> None:
    web = make_asset(acme, "acme-web-01")
    browser = browse(tess)
    assert browser.post(f"/assets/{web.number}/maintenance/new/", {"ends_at": "", "reason": "x"}).status_code == 422
    ends_at = (timezone.localtime() + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    sent = browser.post(f"/assets/{web.number}/maintenance/new/", {"ends_at": ends_at, "reason": "new kernel"})
    assert sent.status_code == 302
    with scoped(system_scope("tests")), transaction.atomic():
        found = Maintenance.objects.get(asset=web)
    assert "new kernel" in browser.get(f"/assets/{web.number}/").content.decode()
    assert browser.post(f"/maintenance/{found.uid}/end/").status_code == 302
    assert "new kernel" not in browser.get(f"/assets/{web.number}/").content.decode()


def test_programs_read_and_work_through_the_same_alert(
    acme: Client, tess: User, browse: Browse, trouble: Trouble
) -> None:
    alert = trouble(acme)
    browser = browse(tess)
    place = f"/api/v1/alerts/{alert.number}"
    found = browser.get(place).json()
    assert (found["title"], found["state"], found["client"]) == ("Trouble with disk", "open", "acme")
    assert [each["kind"] for each in found["entries"]] == ["opened"]
    sent = {"content_type": "application/json"}
    assert browser.post(f"{place}/acknowledge", **sent).json()["changed"] is True
    refused = browser.post(f"{place}/verdict", {"verdict": "perhaps"}, **sent)
    assert (refused.status_code, refused.json()["error"]["fields"][0]["field"]) == (422, "verdict")
    assert browser.post(f"{place}/verdict", {"verdict": "true_positive"}, **sent).json()["verdict"] == "true_positive"
    ended = browser.post(f"{place}/resolve", {"reason": "cleaned up"}, **sent).json()
    assert (ended["state"], ended["entries"][-1]["text"]) == ("resolved", "Resolved by hand: cleaned up")
    listed = browser.get("/api/v1/alerts?state=resolved").json()
    assert [each["title"] for each in listed["items"]] == ["Trouble with disk"]
