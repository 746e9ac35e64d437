# SPDX-License-Identifier: Apache-2.0
"""The way into every endpoint, in this order: limits, form of the request, who it is, what they may, idempotency, then the
endpoint itself in a savepoint that an error undoes."""

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.http import http_date

from steward.core.access.public import Denied, scope_for_token
from steward.core.rest.bodies import check_request
from steward.core.rest.endpoint import PUBLIC, SIGNED_IN, Endpoint
from steward.core.rest.errors import RestError, answer_to
from steward.core.rest.idempotency import HEADER, once
from steward.core.rest.limits import PERSON, STRANGER, WRONG_TOKEN, Rate, buckets, good_tokens
from steward.core.tenancy.public import Scope, current_scope_or_none, scoped

SAFE = ("GET", "HEAD", "OPTIONS")
BEARER = "Bearer "
Run = Callable[[], HttpResponseBase]


def let_in(request: HttpRequest, said: Endpoint, run: Run) -> HttpResponseBase:
    """The answer to a request, whatever happens on the way."""
    try:
        _refuse_guessing(request)
        check_request(request)
        with transaction.atomic():
            answer = _answer(request, said, run)
    except Exception as error:
        answer = answer_to(request, error)
    answer.headers["Steward-API-Version"] = "1"
    for name, value in _ageing(said).items():
        answer.headers[name] = value
    return answer


def _answer(request: HttpRequest, said: Endpoint, run: Run) -> HttpResponseBase:
    address = request.META.get("REMOTE_ADDR", "")
    scope = _who(request, address)
    _spend(f"actor:{_actor_key(scope)}" if scope else f"address:{address}", PERSON if scope else STRANGER)
    if said.permission == PUBLIC:
        with scoped(None):
            return _undone_when_wrong(run)
    if scope is None:
        raise RestError(401, headers={"WWW-Authenticate": 'Bearer realm="Steward"'})
    if said.permission != SIGNED_IN and not scope.actor.may(said.permission):
        raise Denied(said.permission)
    with scoped(scope):
        key = request.headers.get(HEADER)
        if key is not None and request.method not in SAFE:
            return once(request, key, actor=_actor_key(scope), run=lambda: _undone_when_wrong(run))
        return _undone_when_wrong(run)


def _undone_when_wrong(run: Run) -> HttpResponseBase:
    # Django rolls back for an exception; here an exception has become an answer already.
    with transaction.atomic():
        answer = run()
        if answer.status_code >= 400:
            transaction.set_rollback(True)
    return answer


def _who(request: HttpRequest, address: str) -> Scope | None:
    given = request.headers.get("Authorization", "")
    if not given:
        scope = current_scope_or_none()
        if scope is not None and request.method not in SAFE:
            _check_csrf(request)
        return scope
    scope = scope_for_token(given.removeprefix(BEARER)) if given.startswith(BEARER) else None
    if scope is not None:
        good_tokens.add(_hash(given))
    else:
        _spend(f"wrong:{address}", WRONG_TOKEN)
        raise RestError(401, headers={"WWW-Authenticate": 'Bearer realm="Steward", error="invalid_token"'})
    return scope


def _refuse_guessing(request: HttpRequest) -> None:
    """Before the database is asked: an address that sent many wrong tokens waits, unless this one was good lately."""
    given = request.headers.get("Authorization", "")
    if given and _hash(given) not in good_tokens:
        _refuse_when(buckets.empty(f"wrong:{request.META.get('REMOTE_ADDR', '')}", WRONG_TOKEN))


def _hash(given: str) -> str:
    return hashlib.sha256(given.encode()).hexdigest()


def _check_csrf(request: HttpRequest) -> None:
    checks = CsrfViewMiddleware(lambda _request: None)  # type: ignore[arg-type]  # only its check is used
    checks.process_request(request)
    if checks.process_view(request, _not_exempt, (), {}) is not None:
        raise RestError(403, code="csrf")


def _not_exempt(_request: HttpRequest) -> HttpResponseBase:
    """Django's check asks whether the view is exempt. This one is not, and answers nothing that anybody sees."""
    return HttpResponse(status=403)


def _actor_key(scope: Scope) -> str:
    return f"{scope.actor.kind}:{scope.actor.user_id}"


def _spend(key: str, rate: Rate) -> None:
    _refuse_when(buckets.spend(key, rate))


def _refuse_when(wait: int) -> None:
    if wait:
        raise RestError(429, headers={"Retry-After": str(wait)})


def _ageing(said: Endpoint) -> dict[str, str]:
    headers = {}
    if said.deprecated:
        headers["Deprecation"] = f"@{int(_midnight(said.deprecated).timestamp())}"
    if said.sunset:
        headers["Sunset"] = http_date(_midnight(said.sunset).timestamp())
    if said.successor:
        headers["Link"] = f'<{said.successor}>; rel="successor-version"'
    return headers


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
