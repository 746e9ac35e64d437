# SPDX-License-Identifier: Apache-2.0
"""The same request twice, one effect: with an `Idempotency-Key` the first answer is given again, for 24 hours.

The key's row is written in the transaction of the effect. Two at once meet at its unique constraint: the second waits until
the first has committed, then reads its answer. After a crash neither row nor effect is there, and the request runs afresh."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from steward.core.crypto.public import decrypt, encrypt
from steward.core.rest.errors import error_response
from steward.core.rest.models import IdempotencyKey
from steward.core.tenancy.public import ALL, current_scope

HEADER = "Idempotency-Key"
PURPOSE = "idempotency"
LONGEST = 128
KEPT = timedelta(hours=24)
# Answers that say nothing about the request itself, so that a repeat may fare better.
NOT_KEPT = frozenset({401, 403, 408, 429})


def once(request: HttpRequest, key: str, *, actor: str, run: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer of `run`, or the one that was given to the same request before. Must run within the request's transaction."""
    if not key or len(key) > LONGEST or any(not "!" <= letter <= "~" for letter in key):
        words = _("Use at most %(longest)s visible ASCII characters.") % {"longest": LONGEST}
        return error_response(request, 422, fields=[(HEADER, words)])
    route = f"{request.method} {request.path}"[:200]
    fingerprint = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode() + request.body).hexdigest()
    with transaction.atomic():
        row = _taken(actor, route, key, fingerprint)
        if row is None:
            return _given_before(request, actor, route, key, fingerprint)
        answer = run()
        if not isinstance(answer, HttpResponse) or answer.status_code >= 500 or answer.status_code in NOT_KEPT:
            transaction.set_rollback(True)
            return answer
        row.status, row.content_type = answer.status_code, answer.headers.get("Content-Type", "")
        # Sealed: an answer may hold a secret that is shown once, such as a token just made.
        row.answer = encrypt(PURPOSE, _seen().encode() + b"\n" + answer.content, context=_place(row))
        row.save(update_fields=["status", "content_type", "answer"])
        return answer


def _taken(actor: str, route: str, key: str, fingerprint: str) -> IdempotencyKey | None:
    IdempotencyKey.objects.filter(actor=actor, route=route, key=key, created_at__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(actor=actor, route=route, key=key, request_hash=fingerprint)
    except IntegrityError:
        return None


def _given_before(request: HttpRequest, actor: str, route: str, key: str, fingerprint: str) -> HttpResponse:
    row = IdempotencyKey.objects.get(actor=actor, route=route, key=key)
    if row.request_hash != fingerprint:
        words = _("This key was used for another request. Take a new one.")
        return error_response(request, 422, code="idempotency_key_reused", fields=[(HEADER, words)])
    seen, _line, content = decrypt(PURPOSE, row.answer, context=_place(row)).partition(b"\n")
    if not _sees_all_of(json.loads(seen)):
        return error_response(request, 403)
    answer = HttpResponse(content, status=row.status or 500, content_type=row.content_type)
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _seen() -> str:
    return json.dumps(current_scope().as_json()["clients"])


def _sees_all_of(clients: Any) -> bool:
    """Whether who asks now sees every client that the first asker saw: a token for some clients, or a person who has lost some,
    is not told again what was answered to more."""
    scope = current_scope()
    if scope.clients is ALL:
        return True
    return isinstance(clients, list) and all(scope.allows(each) for each in clients)


def _place(row: IdempotencyKey) -> bytes:
    return str(row.pk).encode()


def forget_old() -> int:
    """Delete what is older than a day; returns how many."""
    deleted, _by_model = IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    return deleted
