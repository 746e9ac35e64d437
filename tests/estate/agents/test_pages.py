# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client as Browser
from django.utils import timezone

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.estate.agents.models import Agent, AgentState, EnrolmentToken, SetAside
from steward.estate.clients.models import ClientProfile
from tests.estate.agents.machines import Newcomer
from tests.estate.agents.test_enrolment import agent_row, mint
from tests.fixtures.gateway import make_machine

Browse = Callable[[User], Browser]


@pytest.fixture
def waiting(acme: Client) -> Agent:
    return agent_row(Newcomer(hostname="acme-web-01").enrol(mint(acme))[1]["agent_id"])


def text(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_machine_that_waits_is_seen_and_approved(waiting: Agent, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    assert "acme-web-01" in text(browser, "/")
    assert "Waits for approval" in text(browser, "/agents/?state=pending")
    assert "Approve" in text(browser, f"/agents/{waiting.uid}/")
    assert bytes(waiting.public_key).hex(" ", 4) in text(browser, f"/agents/{waiting.uid}/approve/")
    done = browser.post(f"/agents/{waiting.uid}/approve/", {"asset": "", "kind": "virtual_server"})
    assert done.headers["Location"].startswith("/assets/A-")
    assert "never heard" in text(browser, done.headers["Location"])
    assert browser.post(f"/agents/{waiting.uid}/approve/", {"asset": "", "kind": "virtual_server"}).status_code == 422


def test_a_machine_is_refused_with_a_reason(waiting: Agent, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    assert browser.post(f"/agents/{waiting.uid}/refuse/", {"reason": ""}).status_code == 422
    assert browser.post(f"/agents/{waiting.uid}/refuse/", {"reason": "not ours"}).status_code == 302
    assert "not ours" in text(browser, f"/agents/{waiting.uid}/")


def test_a_copy_is_pointed_out_before_it_is_approved(acme: Client, tess: User, browse: Browse) -> None:
    token = mint(acme, pre_approved=True)
    Newcomer(machine_id="a" * 32).enrol(token)
    with scoped(system_scope("tests")), transaction.atomic():
        Agent.objects.update(last_seen_at=timezone.now())
    copy = agent_row(Newcomer(machine_id="a" * 32).enrol(token)[1]["agent_id"])
    assert "This machine was known already." in text(browse(tess), f"/agents/{copy.uid}/")


def test_revoking_needs_the_name_typed_out(acme: Client, tess: User, browse: Browse) -> None:
    machine, browser = make_machine(acme, "acme-web-01"), browse(tess)
    agent = agent_row(machine.agent_id)
    assert browser.post(f"/agents/{agent.uid}/revoke/", {"reason": "stolen", "typed": ""}).status_code == 422
    assert browser.post(f"/agents/{agent.uid}/revoke/", {"reason": "stolen", "typed": "acme-web-01"}).status_code == 302
    assert agent_row(machine.agent_id).state == AgentState.REVOKED


def test_how_an_agent_stands_is_one_word_everywhere(acme: Client, tess: User, browse: Browse) -> None:
    with scoped(system_scope("tests")), transaction.atomic():
        ClientProfile.objects.create(client=acme)
    machine, browser = make_machine(acme, "acme-web-01"), browse(tess)
    agent = agent_row(machine.agent_id)
    assert agent.asset is not None
    addresses = ["/agents/", f"/agents/{agent.uid}/", f"/assets/{agent.asset.number}/", "/clients/acme/"]
    for at, word in ((timezone.now(), "reporting"), (timezone.now() - timedelta(minutes=10), "silent")):
        with scoped(system_scope("tests")), transaction.atomic():
            Agent.objects.update(last_seen_at=at)
        for address in addresses:
            assert word in text(browser, address), address
    assert "acme-web-01" in text(browser, "/agents/?silent=yes")


def test_a_token_is_shown_once_and_never_lies_in_the_open(acme: Client, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    values = {"name": "Gebze", "hours": "24", "max_uses": "3", "pre_approved": "on"}
    where = browser.post("/agents/tokens/new/?client=acme", values).headers["Location"]
    stored = str([each.get_decoded() for each in Session.objects.all()])
    shown = text(browser, where)
    token = shown.split("echo ")[1].split()[0]
    assert token.startswith("sten_")
    assert token not in stored
    assert token not in text(browser, where)
    assert Newcomer().enrol(token)[1]["state"] == "pending", "only an owner can mark a token so"
    assert browser.post(f"{where}verb-revoke/").status_code == 302
    assert "Revoked" in text(browser, "/agents/tokens/")


def test_an_owner_may_mark_a_token_so(acme: Client, olga: User, browse: Browse) -> None:
    browser = browse(olga)
    values = {"name": "Gebze", "hours": "24", "max_uses": "3", "pre_approved": "on"}
    assert browser.post("/agents/tokens/new/?client=acme", values).status_code == 302
    with scoped(system_scope("tests")), transaction.atomic():
        assert EnrolmentToken.objects.get().pre_approved


def test_samples_that_were_set_aside_are_seen_at_the_agent(acme: Client, tess: User, browse: Browse) -> None:
    machine = make_machine(acme)
    with scoped(system_scope("tests")), transaction.atomic():
        now = timezone.now()
        SetAside.objects.create(
            client=acme,
            agent_id=machine.agent_id,
            day=now.date(),
            reason="future",
            samples=1234,
            first_ts=now,
            last_ts=now,
        )
    shown = text(browse(tess), f"/agents/{agent_row(machine.agent_id).uid}/")
    assert "1234" in shown
    assert "time in the future" in shown


def test_lists_ask_a_constant_number_of_questions(
    acme: Client, tess: User, browse: Browse, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = browse(tess)
    make_machine(acme, "first")
    mint(acme)
    for address in ("/agents/", "/agents/tokens/"):
        browser.get(address)
        with django_assert_max_num_queries(25) as asked:  # type: ignore[attr-defined]
            browser.get(address)
        for each in range(8):
            make_machine(acme, f"more-{each}")
            mint(acme)
        with django_assert_max_num_queries(len(asked)):  # type: ignore[attr-defined]
            browser.get(address)


def test_bob_sees_none_of_acmes_agents(acme: Client, bob: User, browse: Browse) -> None:
    agent = agent_row(make_machine(acme, "acme-web-01").agent_id)
    browser = browse(bob)
    assert browser.get(f"/agents/{agent.uid}/").status_code == 404
    assert "acme-web-01" not in browser.get("/agents/").content.decode()
    assert browser.get("/agents/tokens/").status_code == 403


def test_the_same_through_the_api(waiting: Agent, acme: Client, tess: User, browse: Browse) -> None:
    browser = browse(tess)
    body = {
        "client": "acme",
        "name": "x",
        "expires_at": (timezone.now() + timedelta(hours=1)).isoformat(),
        "max_uses": 1,
        "pre_approved": True,
    }
    assert browser.post("/api/v1/enrolment-tokens", body, content_type="application/json").status_code == 403
    made = browser.post("/api/v1/enrolment-tokens", body | {"pre_approved": False}, content_type="application/json")
    assert made.status_code == 201
    assert made.json()["token"].startswith("sten_")
    assert made.json()["token"] not in browser.get("/api/v1/enrolment-tokens").content.decode()
    approved = browser.post(f"/api/v1/agents/{waiting.uid}/approve", {}, content_type="application/json").json()
    assert approved["state"] == "approved"
    revoked = browser.post(
        f"/api/v1/agents/{waiting.uid}/revoke", {"reason": "gone"}, content_type="application/json"
    ).json()
    assert revoked["state"] == "revoked"
