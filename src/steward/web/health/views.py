# SPDX-License-Identifier: Apache-2.0
"""/healthz, /readyz and /metrics."""

import hmac
from dataclasses import asdict

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from steward import __version__
from steward.core.tenancy.public import scoped, system_scope
from steward.settings.secrets import secret
from steward.web.health.figures import exposition
from steward.web.health.parts import parts

BEARER = "Bearer "


@never_cache
@require_safe
@transaction.non_atomic_requests
def healthz(_: HttpRequest) -> HttpResponse:
    """200 while this process answers; asks nothing of the others."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
@transaction.non_atomic_requests
def readyz(_: HttpRequest) -> HttpResponse:
    """200 when every part is up, else 503; which one is not stands in the body. No detail that helps a stranger."""
    found = parts()
    ready = all(part.ok for part in found.values())
    body = {"ready": ready, "version": __version__, "parts": {name: asdict(part) for name, part in found.items()}}
    return JsonResponse(body, status=200 if ready else 503)


@never_cache
@require_safe
@transaction.non_atomic_requests
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever holds the token in `secrets/metrics`."""
    given = request.headers.get("Authorization", "")
    if not given.startswith(BEARER) or not hmac.compare_digest(
        given[len(BEARER) :].encode(), secret("metrics").encode()
    ):
        refusal = HttpResponse("A bearer token is needed: the content of secrets/metrics.\n", status=401)
        refusal["WWW-Authenticate"] = "Bearer"
        refusal["Content-Type"] = "text/plain; charset=utf-8"
        return refusal
    with scoped(system_scope("metrics")), transaction.atomic():
        body = exposition()
    return HttpResponse(body, content_type="text/plain; version=0.0.4; charset=utf-8")
