# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.desk.oncall import queries
from steward.desk.oncall.models import EscalationPolicy, Override, Page, Roster
from tests.desk.oncall.conftest import OpenPage, again
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]


def seen(browser: Browser, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_whoever_looks_sees_first_what_waits_and_who_is_on_duty(
    tess: User, policy: EscalationPolicy, open_page: OpenPage, browse: Browse
) -> None:
    browser = browse(tess)
    assert "To acknowledge" not in seen(browser, "/oncall/")
    page = open_page()
    shown = seen(browser, "/oncall/")
    assert shown.index("To acknowledge") < shown.index("On duty now") < shown.index("Escalations")
    assert "then Deniz Kaya" in shown
    assert "Core switch is down" in seen(browser, "/"), "on Today too"
    browser.post(f"/oncall/pages/{page.number}/verb-acknowledge/")
    assert again(page).state == Page.State.ACKNOWLEDGED
    assert "To acknowledge" not in seen(browser, "/oncall/")


def test_without_a_roster_the_page_teaches(olga: User, tess: User, browse: Browse) -> None:
    assert "/oncall/rosters/new/" in seen(browse(olga), "/oncall/")
    assert "/oncall/rosters/new/" not in seen(browse(tess), "/oncall/")


def test_any_week_can_be_asked_for_and_nonsense_shows_this_one(
    tess: User, night_roster: Roster, browse: Browse
) -> None:
    browser = browse(tess)
    this_week = f"Week {timezone.localdate().isocalendar()[1]}"
    for text in ("", "2026-W99", "x", "9999-W52", "0001-W01", "-1-W-1"):
        assert this_week in seen(browser, f"/oncall/?week={text}")
    assert "Week 7" in seen(browser, "/oncall/?week=2027-W07")


def test_olga_sets_up_a_roster_and_an_escalation_and_pages_tess(
    olga: User, tess: User, deniz: User, acme: Client, browse: Browse
) -> None:
    browser = browse(olga)
    sent = {
        "name": "Nights", "length": "1", "unit": "weeks", "handover": "08:00", "starts_on": "2026-01-05",
        "zone": "Europe/Istanbul", "turn_1": str(tess.uid), "turn_2": str(deniz.uid),
    }  # fmt: skip
    assert browser.post("/oncall/rosters/new/", sent | {"zone": "Moon"}).status_code == 422
    assert browser.post("/oncall/rosters/new/", sent | {"turn_1": ""}).status_code == 422
    assert browser.post("/oncall/rosters/new/", sent).status_code == 302
    (roster,) = queries.rosters()
    assert roster.rotation().people == (tess.pk, deniz.pk)
    steps = {
        "name": "Nights",
        "rounds": "2",
        "whom_1": f"roster:{roster.uid}",
        "wait_1": "0.5",
        "whom_2": f"person:{olga.uid}",
    }
    assert browser.post("/oncall/escalations/new/", steps | {"whom_1": "person:nobody"}).status_code == 422
    assert browser.post("/oncall/escalations/new/", steps).status_code == 302
    (policy,) = queries.policies()
    assert [(each.whom, each.wait_seconds) for each in policy.steps.all()] == [
        (f"roster:{roster.pk}", 30),
        (f"person:{olga.pk}", 300),
    ]
    assert policy.is_default
    answer = browser.post("/oncall/pages/new/", {"client": acme.slug, "text": "Core switch is down"})
    assert answer.status_code == 302
    assert "Core switch is down" in seen(browser, answer["Location"])


def test_a_form_shows_what_there_is_and_loses_nothing_when_it_is_saved(
    olga: User, policy: EscalationPolicy, night_roster: Roster, browse: Browse
) -> None:
    browser = browse(olga)
    before = list(policy.steps.values_list("role", "roster_id", "wait_seconds"))
    for path in (f"/oncall/escalations/{policy.uid}/", f"/oncall/rosters/{night_roster.uid}/edit/"):
        form = browser.get(path).context["page"].form
        values = {field.name: field.value() for field in form if field.value() not in (None, "", False)}
        assert browser.post(path, values).status_code == 302
    policy.refresh_from_db()
    assert list(policy.steps.values_list("role", "roster_id", "wait_seconds")) == before
    assert queries.roster(night_roster.uid).rotation() == night_roster.rotation()


def test_tess_sees_the_week_before_and_after_and_takes_the_shift_over(
    tess: User, deniz: User, night_roster: Roster, browse: Browse
) -> None:
    browser, path = browse(tess), f"/oncall/rosters/{night_roster.uid}/override/"
    form = browser.get(path).context["page"].form
    assert form["person"].value() == tess.uid
    begins = datetime.now(UTC) + timedelta(minutes=5)
    sent = {
        "person": str(deniz.uid),
        "starts_at": begins.strftime("%Y-%m-%d %H:%M"),
        "ends_at": (begins + timedelta(hours=3)).strftime("%Y-%m-%d %H:%M"),
    }
    shown = browser.post(path, sent | {"show": "1"})
    assert shown.status_code == 200
    rows = shown.context["page"].extra["roster"]["rows"]
    assert [span["name"] for span in rows[0]["spans"] if span.get("name")].count("Deniz Kaya") < [
        span["name"] for span in rows[1]["spans"] if span.get("name")
    ].count("Deniz Kaya")
    assert not Override.objects.exists(), "showing takes nothing over"
    assert browser.post(path, sent).status_code == 302
    override = Override.objects.get()
    assert override.person == deniz
    answer = browser.post(f"/oncall/rosters/{night_roster.uid}/verb-give-back/", {"override": str(override.uid)})
    assert answer.status_code == 302
    override.refresh_from_db()
    assert override.removed_at is not None
    assert browser.post(f"/oncall/rosters/{night_roster.uid}/verb-give-back/", {"override": "x"}).status_code == 404


def test_clients_see_nothing_of_the_staffs_duty(alice: User, policy: EscalationPolicy, browse: Browse) -> None:
    browser = browse(alice)
    for path in ("/oncall/", "/oncall/pages/", "/api/v1/rosters", "/api/v1/pages"):
        assert browser.get(path).status_code == 403


def test_a_program_pages_once_and_reads_what_became_of_it(
    olga: User, tess: User, policy: EscalationPolicy, acme: Client, browse: Browse
) -> None:
    browser = browse(olga)

    def post(path: str, body: dict[str, Any]) -> Any:
        return browser.post(f"/api/v1/{path}", body, content_type="application/json")

    call = {"client": acme.slug, "text": "Core switch is down", "key": "switch"}
    first, second = post("pages", call), post("pages", call)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["number"] == second.json()["number"]
    assert post("pages", call | {"client": "nobody"}).status_code == 422
    number = first.json()["number"]
    assert post(f"pages/{number}/acknowledge", {}).json()["changed"] is True
    again_ = post(f"pages/{number}/acknowledge", {}).json()
    assert (again_["changed"], again_["state"], again_["acknowledged_by"]) == (False, "acknowledged", str(olga.uid))
    assert post(f"pages/{number}/end", {}).json()["state"] == "ended"
    assert browser.get("/api/v1/pages?state=ended").json()["items"][0]["title"] == "Core switch is down"


def test_a_program_sets_up_rosters_shifts_and_escalations(
    olga: User, tess: User, deniz: User, browse: Browse, acting: Acting
) -> None:
    browser = browse(olga)

    def send(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return getattr(browser, method)(f"/api/v1/{path}", body or {}, content_type="application/json")

    roster = {
        "name": "Nights", "zone": "UTC", "unit": "days", "length": 1, "handover": "08:00", "starts_on": "2026-01-05",
        "people": [str(tess.uid), str(deniz.uid)],
    }  # fmt: skip
    made = send("post", "rosters", roster).json()
    assert {each["name"] for each in made["shifts"]} == {"Tess Technician", "Deniz Kaya"}
    begins = datetime.now(UTC) + timedelta(days=1)
    shift = {
        "person": str(tess.uid),
        "starts_at": begins.isoformat(),
        "ends_at": (begins + timedelta(days=2)).isoformat(),
    }
    taken = send("post", f"rosters/{made['uid']}/overrides", shift)
    assert taken.status_code == 201
    assert (
        send("post", f"rosters/{made['uid']}/overrides", shift | {"starts_at": "2026-01-01T00:00:00"}).status_code
        == 422
    )
    assert len(browser.get(f"/api/v1/rosters/{made['uid']}").json()["overrides"]) == 1
    assert send("delete", f"rosters/{made['uid']}/overrides/{taken.json()['uid']}").status_code == 204
    assert send("put", f"rosters/{made['uid']}", roster | {"people": [str(deniz.uid)]}).json()["people"] == [
        str(deniz.uid)
    ]
    policy = {
        "name": "Nights",
        "steps": [{"roster": made["uid"], "wait_seconds": 60}, {"role": "owner", "wait_seconds": 60}],
    }
    created = send("post", "escalations", policy)
    assert created.status_code == 201
    both = {"person": str(tess.uid), "role": "owner", "wait_seconds": 60}
    assert send("put", f"escalations/{created.json()['uid']}", policy | {"steps": [both]}).status_code == 422
    assert len(browser.get("/api/v1/escalations").json()) == 1
