# SPDX-License-Identifier: Apache-2.0
"""One log line for each request, and its number: in the log, in X-Request-ID, on error pages. Never a secret, never a body."""

import re
import time
from collections.abc import Callable
from uuid import uuid4

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from structlog.contextvars import bound_contextvars

log = structlog.get_logger("steward.web")

# What a name contains whose value is never written; addresses that carry a key are cut after their first words.
SENSITIVE = re.compile(r"token|secret|password|key|code|state|signature|session|credential|otp", re.IGNORECASE)
KEY_IN_PATH = re.compile(
    r"^(/accounts/(?:password/reset|confirm-email)/(?:key/)?|/undo/|/invite/|/oncall/answer/)[^/].*$"
)
QUIET = ("/static/", "/healthz", "/readyz", "/metrics")
LONGEST = 300


class RequestLogMiddleware:
    """Numbers a request and logs its end."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # The number is ours: one from outside could be made to look like another's.
        number = uuid4().hex
        request.request_id = number  # type: ignore[attr-defined]  # read by error pages and answers
        began = time.monotonic()
        with bound_contextvars(request_id=number):
            response = self.get_response(request)
            response.headers["X-Request-ID"] = number
            self._log(request, response, (time.monotonic() - began) * 1000)
        return response

    def _log(self, request: HttpRequest, response: HttpResponseBase, milliseconds: float) -> None:
        quiet = request.path.startswith(QUIET) and response.status_code < 500
        write = log.debug if quiet else log.error if response.status_code >= 500 else log.info
        user = getattr(request, "_cached_user", None)
        write(
            "request",
            method=request.method,
            path=shown_path(request.path),
            query=shown_query(request),
            status=response.status_code,
            ms=round(milliseconds, 1),
            user_id=user.pk if user is not None else None,
            address=request.META.get("REMOTE_ADDR", ""),
        )


def shown_path(path: str) -> str:
    """A path without the key that some of them carry."""
    return KEY_IN_PATH.sub(r"\1…", path)[:LONGEST]


def shown_query(request: HttpRequest) -> dict[str, str]:
    """The names and values of a query; of names that sound of a secret the name alone."""
    return {key[:60]: "…" if SENSITIVE.search(key) else request.GET[key][:100] for key in list(request.GET)[:20]}
