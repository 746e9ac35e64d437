# SPDX-License-Identifier: Apache-2.0
"""The pages of errors: what happened, what it means, what to do. Below `/api/` the same in the API's shape."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from steward.core.access.public import Denied
from steward.core.rest.public import error_response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django's signature
    """400: what was sent can't be read."""
    return _page(request, 400)


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: signed in, but not allowed; the permission is named so that it can be asked for."""
    return _page(request, 403, permission=exception.permission if isinstance(exception, Denied) else "")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 Django's signature
    """403: the form's proof of origin is missing or too old."""
    if request.path.startswith("/api/"):
        return error_response(request, 403, code="csrf")
    return render(request, "403_csrf.html", {"request_id": getattr(request, "request_id", "")}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 Django's signature
    """404: nothing here, or nothing for this person; the two can't be told apart."""
    return _page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return _page(request, 500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """503: a part that this needs does not answer."""
    return _page(request, 503)


def _page(request: HttpRequest, status: int, **more: str) -> HttpResponse:
    if request.path.startswith("/api/"):
        return error_response(request, status)
    values = {"request_id": getattr(request, "request_id", ""), **more}
    return render(request, f"{status}.html", values, status=status)
