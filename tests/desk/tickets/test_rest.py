# SPDX-License-Identifier: Apache-2.0
"""Tickets for programs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client
from steward.estate.assets.public import asset_create
from steward.promises.agreements.public import Agreement
from tests.desk.tickets.conftest import OpenTicket, now_of
from tests.fixtures.actors import Acting

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
AT = "/api/v1/tickets"


def sent(browser: Browser, method: str, path: str, **body: Any) -> tuple[int, Any]:
    answer = browser.generic(method, f"{AT}{path}", _json(body), content_type="application/json")
    return answer.status_code, answer.json()


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body)


def test_a_ticket_lives_its_life_by_the_api(
    acme: Client, contract: Agreement, tess: User, olga: User, acting: Acting, browse: Browse
) -> None:
    with acting(olga) as actor:
        asset = asset_create(acme, actor=actor, name="acme-web-01", kind="virtual_server")
    browser = browse(tess)
    given = {"client": "acme", "summary": "Mail is late", "impact": 1, "urgency": 1, "asset": str(asset.uid)}
    status, made = sent(browser, "POST", "", **given, linked=[str(record_ref(asset))])
    assert status == 201
    assert (made["priority"], made["source"], made["due_kind"]) == ("P1", "api", "response")
    number = made["number"]
    assert made["linked"] == [str(record_ref(asset))]
    assert sent(browser, "PUT", f"/{number}", urgency=3, version=made["version"])[1]["priority"] == "P3"
    assert sent(browser, "PUT", f"/{number}", urgency=1, version=made["version"])[0] == 422
    assert sent(browser, "POST", f"/{number}/assign", assignee=str(tess.uid))[1]["assignee"] == str(tess.uid)
    assert sent(browser, "POST", f"/{number}/replies", body="We look into it.")[0] == 201
    assert sent(browser, "POST", f"/{number}/notes", body="Disk again.")[1]["internal"] is True
    assert sent(browser, "POST", f"/{number}/status", status="waiting_client")[1]["due_at"] is None
    clock = browser.get(f"{AT}/{number}/clock").json()
    assert (clock["response"]["state"], clock["resolution"]["state"]) == ("met", "paused")
    assert sent(browser, "POST", f"/{number}/resolve", resolution="Done.")[1]["status"] == "resolved"
    assert sent(browser, "POST", f"/{number}/reopen", reason="Back.")[1]["status"] == "open"
    assert sent(browser, "DELETE", f"/{number}/links", record=str(record_ref(asset)))[1]["linked"] == []
    kinds = [each["kind"] for each in browser.get(f"{AT}/{number}/timeline").json()]
    assert kinds[0] == "tickets.opened"
    assert "tickets.note" in kinds


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("client", {"client": "nobody"}),
        ("asset", {"asset": "0197b0f0-0000-7000-8000-000000000000"}),
        ("linked", {"linked": ["nonsense"]}),
        ("kind", {"kind": "wish"}),
        ("impact", {"impact": 7}),
    ],
)
def test_bad_input_names_its_field(acme: Client, tess: User, browse: Browse, field: str, given: dict[str, Any]) -> None:
    base = {"client": "acme", "summary": "Mail is late", "impact": 1, "urgency": 1}
    status, answer = sent(browse(tess), "POST", "", **(base | given))
    assert status == 422
    assert field in answer["error"]["fields"][0]["field"]


def test_alice_reads_what_is_public_by_the_api_and_bob_nothing(
    open_ticket: OpenTicket, tess: User, alice: User, bob: User, browse: Browse
) -> None:
    ticket = open_ticket()
    sent(browse(tess), "POST", f"/{ticket.number}/notes", body="They forgot to pay.")
    seen = browse(alice).get(f"{AT}/{ticket.number}/timeline")
    assert [each["kind"] for each in seen.json()] == ["tickets.opened"]
    assert "pay" not in seen.content.decode()
    assert browse(bob).get(f"{AT}/{ticket.number}").status_code == 404
    assert sent(browse(alice), "POST", f"/{ticket.number}/resolve", resolution="Done.")[0] == 403
    assert now_of(ticket).status == "new"


def test_the_list_is_asked_as_on_the_page(open_ticket: OpenTicket, tess: User, browse: Browse) -> None:
    open_ticket("First", impact=1, urgency=1)
    open_ticket("Second", impact=3, urgency=3)
    rows = browse(tess).get(f"{AT}?priority=P1").json()["items"]
    assert [each["summary"] for each in rows] == ["First"]


def test_queues_are_made_by_the_api(omar: User, tess: User, browse: Browse) -> None:
    browser = browse(omar)
    made = browser.post("/api/v1/ticket-queues", {"name": "Network"}, content_type="application/json").json()
    there = f"/api/v1/ticket-queues/{made['uid']}"
    assert browser.put(there, {"name": "Networks"}, content_type="application/json").json()["name"] == "Networks"
    assert browse(tess).put(there, {"name": "X"}, content_type="application/json").status_code == 403
