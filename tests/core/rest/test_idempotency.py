# SPDX-License-Identifier: Apache-2.0
"""The same key and body: one effect and one answer, also at the same time and after a crash."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.utils import timezone

from steward.core.access.public import ApiToken, token_mint
from steward.core.identity.public import User
from steward.core.rest.endpoint import SIGNED_IN, Endpoint
from steward.core.rest.idempotency import forget_old
from steward.core.rest.models import IdempotencyKey
from steward.core.rest.way_in import let_in
from steward.core.tenancy.public import Client
from steward.core.ui.models import Draft
from tests.fixtures.actors import Acting

Browse = Callable[[User], Browser]
BODY = {"name": "Olga Other", "language": "en", "timezone": "UTC"}


def put(browser: Browser, body: dict[str, str], key: str) -> Any:
    return browser.put("/api/v1/me", body, content_type="application/json", headers={"Idempotency-Key": key})


def test_a_repeat_gets_the_same_answer_and_does_nothing(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    first = put(browser, BODY, "k1")
    User.objects.filter(pk=olga.pk).update(name="Changed Since")
    second = put(browser, BODY, "k1")
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    olga.refresh_from_db()
    assert olga.name == "Changed Since"
    # An answer may hold a secret that is shown once, so what is kept of it can't be read in the database.
    assert all(kept.answer and "olga" not in kept.answer.lower() for kept in IdempotencyKey.objects.all())


def test_another_body_under_the_same_key_is_refused(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    put(browser, BODY, "k1")
    answer = put(browser, BODY | {"name": "Somebody Else"}, "k1")
    assert answer.status_code == 422
    assert answer.json()["error"]["code"] == "idempotency_key_reused"
    olga.refresh_from_db()
    assert olga.name == "Olga Other"


def test_a_refusal_is_repeated_too(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    first = put(browser, BODY | {"name": ""}, "k2")
    second = put(browser, BODY | {"name": ""}, "k2")
    assert (first.status_code, second.status_code) == (422, 422)
    assert second["Idempotent-Replayed"] == "true"


def test_a_key_belongs_to_one_person_and_one_address(olga: User, tess: User, browse: Browse) -> None:
    put(browse(olga), BODY, "k1")
    answer = put(browse(tess), BODY | {"name": "Tess Two"}, "k1")
    assert answer.status_code == 200
    assert "Idempotent-Replayed" not in answer.headers


def test_an_answer_is_not_given_again_to_a_token_that_sees_fewer_clients(
    acme: Client, birch: Client, olga: User, acting: Acting
) -> None:
    until = timezone.now() + timedelta(days=1)

    def ask(clients: list[Client] | None) -> Any:
        with acting(olga) as actor:
            token = token_mint(actor=actor, name="t", permissions=["agents.enrol"], clients=clients, expires_at=until)[
                1
            ]
        body = {
            "client": "acme",
            "name": "Gebze",
            "max_uses": 1,
            "pre_approved": False,
            "expires_at": until.isoformat(),
        }
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "same"}
        return Browser().post("/api/v1/enrolment-tokens", body, content_type="application/json", headers=headers)

    first = ask([acme, birch])
    assert first.status_code == 201
    fewer = ask([birch])
    assert fewer.status_code == 403
    assert first.json()["token"] not in fewer.content.decode()
    for clients in ([acme, birch], None):
        again = ask(clients)
        assert again["Idempotent-Replayed"] == "true"
        assert again.content == first.content


@pytest.mark.parametrize("key", ["", "two words", "k" * 129, "snow \N{SNOWMAN}", "tab\there"])
def test_a_key_that_is_none_is_refused(key: str, olga: User, browse: Browse) -> None:
    answer = browse(olga).put("/api/v1/me", BODY, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key)
    assert answer.status_code == 422
    assert answer.json()["error"]["fields"][0]["field"] == "Idempotency-Key"


def test_after_a_day_a_key_is_free_again(olga: User, browse: Browse) -> None:
    browser = browse(olga)
    put(browser, BODY, "k1")
    with connection.cursor() as cursor:
        cursor.execute("update rest_idempotencykey set created_at = now() - interval '25 hours'")
    answer = put(browser, BODY | {"name": "Olga Later"}, "k1")
    assert answer.status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("update rest_idempotencykey set created_at = now() - interval '25 hours'")
    assert forget_old() == 1


def asked(person: User, key: str) -> HttpRequest:
    request = RequestFactory().post(
        "/api/v1/x", {"a": 1}, content_type="application/json", headers={"Idempotency-Key": key}
    )
    request._dont_enforce_csrf_checks = True  # type: ignore[attr-defined]  # as Django's own test client does
    request.user = person
    return request


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_have_one_effect_and_one_answer(olga: User, acting: Acting) -> None:
    answers: list[tuple[int, bytes, bool]] = []
    started = threading.Barrier(20)

    def effect(name: str) -> JsonResponse:
        Draft.objects.create(owner=olga, form=name, values={})
        return JsonResponse({"by": threading.current_thread().name})

    def one(number: int) -> None:
        started.wait(timeout=20)
        try:
            with acting(olga):
                answer = let_in(asked(olga, "same"), Endpoint(SIGNED_IN), lambda: effect(f"{number}"))
            answers.append((answer.status_code, answer.content, "Idempotent-Replayed" in answer.headers))
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(answers) == 20
    assert {(status, body) for status, body, _replayed in answers} == {answers[0][:2]}
    assert answers[0][0] == 200
    assert sum(not replayed for *_rest, replayed in answers) == 1
    assert Draft.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_after_a_crash_between_effect_and_commit_it_runs_once(olga: User, acting: Acting) -> None:
    """The worker dies after the effect, before the commit: neither effect nor key is there, and the repeat does it."""

    class Killed(BaseException):
        pass

    def effect() -> JsonResponse:
        Draft.objects.create(owner=olga, form="once", values={})
        return JsonResponse({"done": True})

    def dies() -> None:
        with acting(olga):
            let_in(asked(olga, "crash"), Endpoint(SIGNED_IN), effect)
            raise Killed

    with pytest.raises(Killed):
        dies()
    assert not Draft.objects.exists()
    assert not IdempotencyKey.objects.exists()
    for _repeat in range(3):
        with acting(olga):
            answer = let_in(asked(olga, "crash"), Endpoint(SIGNED_IN), effect)
        assert answer.content == b'{"done": true}'
    assert Draft.objects.count() == 1


def test_a_failure_of_ours_is_not_kept_and_undoes_everything(olga: User, acting: Acting) -> None:
    def breaks() -> JsonResponse:
        Draft.objects.create(owner=olga, form="half", values={})
        raise RuntimeError("a secret detail")

    with acting(olga):
        answer = let_in(asked(olga, "k"), Endpoint(SIGNED_IN), breaks)
    assert answer.status_code == 500
    assert b"secret detail" not in answer.content
    assert not Draft.objects.exists()
    assert not IdempotencyKey.objects.exists()


def test_the_keys_row_is_gone_with_a_rolled_back_request(olga: User, acting: Acting) -> None:
    with acting(olga):
        with transaction.atomic():
            let_in(asked(olga, "k"), Endpoint(SIGNED_IN), lambda: JsonResponse({}))
            transaction.set_rollback(True)
        assert not IdempotencyKey.objects.exists()
        assert not ApiToken.objects.exists()
