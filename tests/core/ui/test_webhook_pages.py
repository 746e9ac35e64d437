# SPDX-License-Identifier: Apache-2.0
"""Web hooks in the console and over REST: what is shown, what never is, and who may what."""

import re
from collections.abc import Callable

import pytest
from django.db import transaction
from django.test import Client as Browser

from steward.core.identity.public import User
from steward.core.tenancy.public import Client, scoped, system_scope
from steward.core.webhooks.delivering import deliver
from steward.core.webhooks.models import Delivery, Endpoint
from tests.core.webhooks.conftest import other  # noqa: F401  (a fixture)
from tests.core.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Browse = Callable[[User], Browser]
JSON = {"content_type": "application/json"}
EVENTS = ["clients.client_archived", "assets.asset_created"]
KEY = re.compile(r"whsec_[A-Za-z0-9+/]{43}=")


def send_all() -> None:
    with scoped(system_scope("tests")):
        with transaction.atomic():
            waiting = list(Delivery.objects.filter(state="queued").values_list("pk", flat=True))
        for pk in waiting:
            deliver(delivery=pk)


def test_a_web_hook_is_added_tested_changed_and_archived_in_the_console(
    other: Receiver,  # noqa: F811
    olga: User,
    browse: Browse,
) -> None:
    browser = browse(olga)
    assert "No other system is told anything" in browser.get("/webhooks/").content.decode()
    refused = browser.post("/webhooks/new/", {"name": "", "url": other.url, "events": EVENTS})
    assert (refused.status_code, b"geheim" in refused.content) == (422, False)
    page = browser.post("/webhooks/new/", {"name": "n8n", "url": other.url, "events": EVENTS})
    found = KEY.search(page.content.decode())
    assert found is not None
    with scoped(system_scope("tests")), transaction.atomic():
        uid = Endpoint.objects.get().uid
    at = f"/webhooks/{uid}/"
    assert browser.post(f"{at}verb-test/").status_code == 302
    send_all()
    assert other.verified(found[0])["type"] == "webhooks.test"
    record = browser.get(at).content.decode()
    assert "webhooks.test" in record
    assert "Taken" in record
    changed = browser.post(f"{at}key/")
    fresh = KEY.search(changed.content.decode())
    assert fresh is not None
    assert fresh[0] != found[0]
    assert browser.post(f"{at}change/", {"name": "n8n two", "url": "", "events": EVENTS[:1]}).status_code == 302
    for path in ("/webhooks/", at, f"{at}change/", f"{at}key/", "/webhooks/messages/", "/audit/"):
        shown = browser.get(path).content.decode()
        assert not KEY.search(shown)
        assert "geheim" not in shown
    assert "n8n two" in browser.get("/webhooks/").content.decode()
    for name in ("switch-off", "switch-on", "archive"):
        assert browser.post(f"{at}verb-{name}/").status_code == 302
    assert browser.get(at).status_code == 404
    assert "n8n" not in browser.get("/webhooks/").content.decode()


def test_a_message_shows_what_it_told_what_was_answered_and_goes_out_again(
    other: Receiver,  # noqa: F811
    olga: User,
    browse: Browse,
) -> None:
    browser = browse(olga)
    browser.post("/webhooks/new/", {"name": "n8n", "url": other.url, "events": EVENTS})
    with scoped(system_scope("tests")), transaction.atomic():
        uid = Endpoint.objects.get().uid
    other.status, other.answer = 404, b"<b>no such flow</b>"
    browser.post(f"/webhooks/{uid}/verb-test/")
    send_all()
    with scoped(system_scope("tests")), transaction.atomic():
        message = Delivery.objects.get()
    page = browser.get(f"/webhooks/messages/{message.uid}/").content.decode()
    assert "it answered 404" in page
    assert "&lt;b&gt;no such flow&lt;/b&gt;" in page
    assert message.message_id in page
    other.status = 200
    assert browser.post(f"/webhooks/messages/{message.uid}/verb-again/").status_code == 302
    send_all()
    assert other.ids == [message.message_id] * 2
    assert "Taken" in browser.get(f"/webhooks/messages/{message.uid}/").content.decode()


def test_over_rest_the_key_is_on_two_answers_alone(
    other: Receiver,  # noqa: F811
    olga: User,
    acme: Client,
    browse: Browse,
) -> None:
    browser = browse(olga)
    given = {"name": "n8n", "url": other.url, "events": EVENTS, "client": "acme"}
    made = browser.post("/api/v1/webhooks", given, **JSON)
    assert made.status_code == 201
    at = f"/api/v1/webhooks/{made.json()['uid']}"
    assert KEY.fullmatch(made.json()["key"])
    assert made.json()["origin"] == other.url.removesuffix("/hooks/geheim")
    assert KEY.fullmatch(browser.post(f"{at}/key", **JSON).json()["key"])
    for path in ("/api/v1/webhooks", at, "/api/v1/webhooks?format=csv"):
        shown = browser.get(path).getvalue()
        assert b"whsec" not in shown
        assert b"geheim" not in shown
    assert browser.post(f"{at}/test", **JSON).status_code == 202
    send_all()
    (listed,) = browser.get("/api/v1/webhook-messages").json()["items"]
    (tried,) = browser.get(f"/api/v1/webhook-messages/{listed['uid']}").json()["tries"]
    assert tried["words"] == "it answered 204"
    refused = browser.post(f"/api/v1/webhook-messages/{listed['uid']}/replay", **JSON)
    assert refused.status_code == 422
    put = browser.put(at, {"name": "n8n", "events": EVENTS[:1]}, **JSON)
    assert put.json()["events"] == EVENTS[:1]
    assert browser.post(f"{at}/switch", {"on": False}, **JSON).json()["state"] == "off"
    assert browser.post(f"{at}/replay", **JSON).status_code == 422
    assert browser.delete(at).status_code == 204
    assert browser.get(at).status_code == 404


def test_staff_without_the_right_and_clients_see_nothing_of_it(
    olga: User, tess: User, aud: User, alice: User, browse: Browse
) -> None:
    for person in (tess, alice):
        assert browse(person).get("/webhooks/").status_code == 403
        assert browse(person).post("/webhooks/new/", {}).status_code == 403
    assert browse(aud).get("/webhooks/").status_code == 200
    assert browse(aud).get("/webhooks/new/").status_code == 403
