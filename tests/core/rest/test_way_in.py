# SPDX-License-Identifier: Apache-2.0
"""The way into the API: one error shape, nobody without a right, nothing from another site, limits."""

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from steward.core.access.public import token_mint
from steward.core.identity.public import User
from steward.core.rest.api import UnclassifiedRoute, _pattern
from steward.core.rest.bodies import depth
from steward.core.rest.endpoint import router
from steward.core.rest.limits import PERSON, WRONG_TOKEN, Buckets, Rate, buckets
from steward.core.rest.shared import SharedPlaces
from steward.core.tenancy.public import Client
from tests.fixtures.actors import Acting

Browse = Callable[[User], Browser]


@pytest.fixture(autouse=True)
def fresh_buckets() -> Iterator[None]:
    buckets.clear()
    yield
    buckets.clear()


def shape(answer: Any) -> dict[str, Any]:
    """The error of an answer, which must have the one shape and nothing besides."""
    body = answer.json()
    assert set(body) == {"error"}, body
    assert set(body["error"]) == {"code", "message", "fields", "request_id"}
    assert body["error"]["request_id"] == answer["X-Request-ID"]
    assert answer["Content-Type"] == "application/json"
    return dict(body["error"])


@pytest.fixture
def tokens(acting: Acting) -> Callable[..., str]:
    def mint(person: User, *permissions: str, clients: Any = None) -> str:
        with acting(person) as actor:
            until = timezone.now() + timedelta(days=1)
            return token_mint(actor=actor, name="t", permissions=permissions, clients=clients, expires_at=until)[1]

    return mint


def test_unknown_addresses_have_the_shape_too(olga: User, browse: Browse) -> None:
    for path in ("/api", "/api/", "/api/v1/nothing", "/api/v2/people", "/api/v1/people/x/y/z"):
        for browser in (browse(olga), Browser()):
            answer = browser.get(path)
            assert answer.status_code == 404, path
            assert shape(answer)["code"] == "not_found"


def test_each_kind_of_error_has_the_shape(olga: User, tess: User, browse: Browse) -> None:
    mine, hers = browse(olga), browse(tess)
    json_type = {"content_type": "application/json"}
    cases = [
        (400, mine.put("/api/v1/me", "{", **json_type)),
        (401, Browser().get("/api/v1/me")),
        (403, hers.get("/api/v1/audit")),
        (404, mine.get("/api/v1/people/01890000-0000-7000-8000-000000000000")),
        (405, mine.delete("/api/v1/me")),
        (413, mine.put("/api/v1/me", json.dumps({"name": "x" * 1_000_001}), **json_type)),
        (415, mine.put("/api/v1/me", "name=x", content_type="application/x-www-form-urlencoded")),
        (422, mine.put("/api/v1/me", {"name": "Olga"}, **json_type)),
        (422, mine.get("/api/v1/people?limit=0")),
    ]
    for status, answer in cases:
        assert answer.status_code == status
        shape(answer)
    assert cases[4][1]["Allow"] == "GET, PUT"
    assert [field["field"] for field in shape(cases[7][1])["fields"]] == ["language", "timezone"]
    assert shape(cases[8][1])["fields"][0]["field"] == "limit"


def test_what_is_refused_names_the_permission(tess: User, browse: Browse) -> None:
    assert "audit.view" in shape(browse(tess).get("/api/v1/audit"))["message"]


def test_a_token_has_its_own_rights_alone(olga: User, tokens: Callable[..., str]) -> None:
    headers = {"Authorization": f"Bearer {tokens(olga, 'people.view')}"}
    assert Browser().get("/api/v1/people", headers=headers).status_code == 200
    assert Browser().get("/api/v1/audit", headers=headers).status_code == 403


def test_a_token_of_staff_for_acme_sees_acme_alone(
    olga: User, acme: Client, alice: User, bob: User, tokens: Callable[..., str], acting: Acting
) -> None:
    headers = {"Authorization": f"Bearer {tokens(olga, 'people.view', clients=[acme])}"}
    text = Browser().get("/api/v1/people", headers=headers).content.decode()
    assert alice.email in text
    assert bob.email not in text
    assert Browser().get(f"/api/v1/people/{bob.uid}", headers=headers).status_code == 404


def test_a_foreign_person_and_nobody_answer_the_same(alice: User, bob: User, browse: Browse) -> None:
    browser = browse(bob)
    answers = [browser.get(f"/api/v1/people/{uid}") for uid in (alice.uid, "01890000-0000-7000-8000-000000000000")]
    assert [answer.status_code for answer in answers] == [404, 404]
    first, second = (shape(answer) | {"request_id": ""} for answer in answers)
    assert first == second


@pytest.mark.parametrize("token", ["stw_wrong", "wrong", "", "stw_" + "a" * 43])
def test_a_wrong_token_is_nobody_even_beside_a_session(token: str, olga: User, browse: Browse) -> None:
    answer = browse(olga).get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_session_writes_only_with_the_csrf_token(olga: User) -> None:
    browser = Browser(enforce_csrf_checks=True)
    browser.force_login(olga)
    body = {"name": "Olga", "language": "en", "timezone": "UTC"}
    answer = browser.put("/api/v1/me", body, content_type="application/json")
    assert answer.status_code == 403
    assert shape(answer)["code"] == "csrf"
    page = browser.get("/account/profile/")
    token = str(page.context["csrf_token"])
    answer = browser.put("/api/v1/me", body, content_type="application/json", headers={"X-CSRFToken": token})
    assert answer.status_code == 200


def test_a_write_from_another_site_is_refused_whatever_it_carries(olga: User, tokens: Callable[..., str]) -> None:
    token = tokens(olga, "people.view")
    for headers in (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        answer = Browser().put(
            "/api/v1/me", {}, content_type="application/json", headers={"Authorization": f"Bearer {token}", **headers}
        )
        assert answer.status_code == 403
        assert shape(answer)["code"] == "foreign_origin"


def test_the_body_is_bounded_in_depth_and_kind(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    for body in (
        "[" * 100 + "]" * 100,
        '{"name": "\\u0000"}',
        '{"name": "\\ud800"}',
        '{"name": NaN}',
        "\ufeff{}",
        "",
        "[" * 900_000,
    ):
        answer = browser.put("/api/v1/me", body, content_type="application/json")
        assert answer.status_code in (400, 422), body[:40]
        shape(answer)
    assert browser.get("/api/v1/people?q=%00").status_code == 400


def test_depth_does_not_count_brackets_in_text() -> None:
    assert depth(b'{"a": "[[[[[\\"[[["}') == 1
    assert depth(b'[[{"a": [1]}], 2]') == 4


def test_too_many_requests_are_told_when_to_come_back(
    olga: User, browse: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(buckets, "_clock", lambda: 0.0)  # nothing fills again meanwhile
    browser = browse(olga)
    key = f"actor:person:{olga.pk}"
    for _request in range(PERSON.burst):
        buckets.spend(key, PERSON)
    answer = browser.get("/api/v1/me")
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    shape(answer)


def test_guessing_tokens_is_slowed_down_before_the_database_is_asked(db: None, django_assert_num_queries: Any) -> None:
    browser = Browser()
    for _guess in range(WRONG_TOKEN.burst):
        assert browser.get("/api/v1/me", headers={"Authorization": "Bearer stw_guess"}).status_code == 401
    with django_assert_num_queries(2):  # the request's own savepoint
        answer = browser.get("/api/v1/me", headers={"Authorization": "Bearer stw_guess"})
    assert answer.status_code == 429


def test_a_bucket_fills_again_and_old_ones_are_forgotten() -> None:
    now = [0.0]
    held = Buckets(places=SharedPlaces(rows=1, wide=2), clock=lambda: now[0])
    rate = Rate(1, 2)
    assert [held.spend("a", rate) for _ in range(3)] == [0, 0, 1]
    now[0] = 1.0
    assert held.spend("a", rate) == 0
    now[0] = 1.5
    held.spend("b", rate)
    held.spend("c", rate)
    assert held.spend("a", rate) == 0  # forgotten, hence full


def test_an_endpoint_that_says_nothing_of_permission_stops_the_start() -> None:
    made = router("unclassified-in-a-test")

    @made.get("/open")
    def left_open(request: Any) -> None: ...

    from steward.core.rest.endpoint import ROUTERS

    del ROUTERS["unclassified-in-a-test"]
    with pytest.raises(UnclassifiedRoute, match="left_open"):
        _pattern("/x", "/open", made.path_operations["/open"])


def test_paging_by_the_api_survives_inserts(olga: User, browse: Browse) -> None:
    User.objects.bulk_create(
        User(email=f"p{n:03}@x.example", name=f"P {n:03}", side="staff", password="!") for n in range(25)
    )
    browser, seen, cursor, page = browse(olga), [], "", 0
    while True:
        answer = browser.get("/api/v1/people", {"limit": 7, "sort": "email", "cursor": cursor}).json()
        seen += [item["email"] for item in answer["items"]]
        User.objects.create_user(f"a{page}@x.example", side="staff", name="Late")
        page, cursor = page + 1, answer["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen))
    assert sum(email.startswith("p") for email in seen) == 25


def test_the_document_is_openapi_3_1_and_complete(olga: User, browse: Browse) -> None:
    document = browse(olga).get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    assert Browser().get("/api/v1/openapi.json").status_code == 401
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            assert {"422", "429", "500"} <= set(operation["responses"]), (path, method)
            assert "security" in operation
