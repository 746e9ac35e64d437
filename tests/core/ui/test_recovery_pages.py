# SPDX-License-Identifier: Apache-2.0
"""The page of the backups and its interface, as people and programs meet them."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.recovery.models import Backup, BackupPlan

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


def made(**values: object) -> Backup:
    now = timezone.now()
    given = {
        "reason": "schedule",
        "state": "done",
        "name": "20261122T101500Z-schedule",
        "destination": "/backup",
        "at": now,
        "finished_at": now,
    }
    return Backup.objects.create(**given | values)


def test_the_page_says_that_nobody_has_said_anything_and_what_that_means(olga: User, browse: Browse) -> None:
    text = browse(olga).get(reverse("ui.recovery")).content.decode()
    assert "Nothing is backed up by itself." in text
    assert "No backup was made yet" in text
    assert "verb-run/" in text
    assert "verb-verify/" not in text


def test_the_list_says_what_each_holds_and_why_one_failed(olga: User, browse: Browse) -> None:
    BackupPlan.objects.create(enabled=True, every_minutes=30, destination="/backup")
    made(size=300 << 20, stored=2 << 20, damaged=0)
    made(state="failed", at=None, error="there is no room for a backup at /backup", name="")
    made(damaged=3)
    text = browse(olga).get(reverse("ui.recovery")).content.decode()
    assert "Every 30 minutes" in text
    for words in ("300", "Read back, whole", "there is no room for a backup at /backup", "3 pieces damaged"):
        assert words in text
    assert "has not been backed up in time" not in text


def test_a_house_that_is_late_says_so_here_and_on_today(olga: User, tess: User, browse: Browse) -> None:
    BackupPlan.objects.create(enabled=True, every_minutes=15)
    made(at=timezone.now() - timedelta(minutes=31))
    late = "Steward has not been backed up in time."
    assert late in browse(olga).get(reverse("ui.recovery")).content.decode()
    assert late in browse(olga).get(reverse("ui.today")).content.decode()
    assert late not in browse(tess).get(reverse("ui.today")).content.decode()


def test_the_plan_is_changed_and_a_wrong_place_is_said_beside_its_field(
    olga: User, omar: User, browse: Browse, tmp_path: Path
) -> None:
    sent = {
        "enabled": "on",
        "every_minutes": "20",
        "destination": "relative",
        "keep_hours": "24",
        "keep_days": "7",
        "keep_months": "0",
    }
    address = reverse("ui.recovery_plan")
    answer = browse(olga).post(address, sent)
    assert answer.status_code == 422
    assert "Give a whole path" in answer.content.decode()
    assert not BackupPlan.objects.exists()
    assert browse(olga).post(address, sent | {"destination": str(tmp_path)}).status_code == 302
    plan = BackupPlan.objects.get()
    assert (plan.enabled, plan.every_minutes, plan.destination, plan.keep_days) == (True, 20, str(tmp_path), 7)
    assert browse(omar).get(address).status_code == 403


def test_programs_read_and_change_the_plan_and_begin_a_backup(olga: User, browse: Browse, tmp_path: Path) -> None:
    browser = browse(olga)
    plan = browser.get("/api/v1/recovery/plan").json()
    assert plan["enabled"] is False
    changed = browser.put(
        "/api/v1/recovery/plan", plan | {"destination": str(tmp_path)}, content_type="application/json"
    )
    assert changed.json()["destination"] == str(tmp_path)
    wrong = browser.put("/api/v1/recovery/plan", plan | {"every_minutes": 1}, content_type="application/json")
    assert wrong.status_code == 422
    assert wrong.json()["error"]["fields"][0]["field"] == "every_minutes"
    begun = browser.post("/api/v1/recovery", {}, content_type="application/json")
    assert begun.status_code == 202
    again = browser.post("/api/v1/recovery", {}, content_type="application/json")
    assert again.status_code == 422
    [row] = browser.get("/api/v1/recovery").json()["items"]
    assert row["state"] == "running"
    assert str(Backup.objects.get().operation) == begun.json()["operation"]
