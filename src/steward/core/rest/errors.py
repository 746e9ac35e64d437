# SPDX-License-Identifier: Apache-2.0
"""The one shape of every error: {"error": {"code", "message", "fields": [{"field", "message"}], "request_id"}}."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import DatabaseError, IntegrityError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from steward.core.access.public import Denied, RefusedMany
from steward.core.files.public import ContentsAway
from steward.core.tenancy.public import ForeignClient

log = structlog.get_logger("steward.rest")
Words = Promise | str
NO_RIGHT_ON_ROW = "42501"


class FieldErrorOut(Schema):
    """What is wrong with one field, and the remedy."""

    field: str
    message: str


class ErrorBody(Schema):
    """What went wrong."""

    code: str
    message: str
    fields: list[FieldErrorOut]
    request_id: str


class ErrorOut(Schema):
    """Every answer that is not a success."""

    error: ErrorBody


MESSAGES: dict[int, tuple[str, Words]] = {
    400: ("bad_request", gettext_lazy("The request could not be read.")),
    401: ("not_signed_in", gettext_lazy("Sign in, or send a personal token as “Authorization: Bearer stw_…”.")),
    403: ("denied", gettext_lazy("You may not do this.")),
    404: ("not_found", gettext_lazy("There is nothing here, or nothing that you may see.")),
    405: ("method_not_allowed", gettext_lazy("This address does not take that method.")),
    409: ("conflict", gettext_lazy("Something else changed this meanwhile. Read it again, then repeat.")),
    413: ("too_large", gettext_lazy("The request is too large. Send at most 1 MB.")),
    415: ("unsupported_media_type", gettext_lazy("Send the body as application/json.")),
    422: ("invalid", gettext_lazy("Some of what was sent can't be taken.")),
    429: ("too_many_requests", gettext_lazy("Too many requests. Wait, then go on more slowly.")),
    500: (
        "internal",
        gettext_lazy("Something failed on our side. Nothing was changed. Name the request_id when you report it."),
    ),
    503: ("unavailable", gettext_lazy("A part that is needed is not up. Try again in a minute.")),
}


class RestError(Exception):
    """An answer that is an error, with its status; the message is that of the status unless one is given."""

    def __init__(
        self, status: int, message: Words = "", *, headers: Mapping[str, str] | None = None, code: str = ""
    ) -> None:
        super().__init__(status)
        self.status = status
        self.message = message
        self.code = code
        self.headers = dict(headers or {})


class Conflict(RestError):
    """What was asked contradicts what is."""

    def __init__(self, message: Words = "") -> None:
        super().__init__(409, message)


def error_response(
    request: HttpRequest,
    status: int,
    message: Words = "",
    *,
    code: str = "",
    fields: Sequence[tuple[str, Words]] = (),
    headers: Mapping[str, str] | None = None,
) -> JsonResponse:
    """An error in the one shape."""
    standard, words = MESSAGES.get(status, MESSAGES[500 if status >= 500 else 400])
    body = {
        "code": code or standard,
        "message": str(message or words),
        "fields": [{"field": name, "message": str(text)} for name, text in fields],
        "request_id": request_id(request),
    }
    return JsonResponse({"error": body}, status=status, headers=dict(headers or {}))


def request_id(request: HttpRequest) -> str:
    """The number of a request, as in the log and in X-Request-ID."""
    return str(getattr(request, "request_id", ""))


def answer_to(request: HttpRequest, error: BaseException) -> JsonResponse:
    """The answer to whatever was raised. A failure of ours is logged with its traceback, and says nothing of itself."""
    match error:
        case RestError():
            return error_response(request, error.status, error.message, code=error.code, headers=error.headers)
        case RefusedMany():
            return error_response(request, 422, fields=list(error.errors.items()))
        case ValidationError():
            return error_response(request, 422, fields=[_field(each) for each in error.errors])
        case Denied():
            words = _("You may not do this: the permission %(permission)s is needed.") % {
                "permission": error.permission
            }
            return error_response(request, 403, words)
        case PermissionDenied():
            return error_response(request, 403)
        case AuthenticationError():
            return error_response(request, 401)
        case Http404() | ObjectDoesNotExist() | ForeignClient():
            return error_response(request, 404)
        case HttpError():
            return error_response(request, error.status_code, error.message if error.status_code < 500 else "")
        case RequestDataTooBig():
            return error_response(request, 413)
        case ContentsAway():
            return error_response(request, 503)
        case SuspiciousOperation():
            return error_response(request, 400)
        case IntegrityError():
            log.warning("rest.conflict", request_id=request_id(request), exc_info=error)
            return error_response(request, 409)
        case DatabaseError() if getattr(error.__cause__, "sqlstate", "") == NO_RIGHT_ON_ROW:
            # The database's own ring held: to the caller the row is not there, to the operator this is an alarm.
            log.error("rest.row_refused", request_id=request_id(request), exc_info=error)
            return error_response(request, 404)
    log.error("rest.failed", request_id=request_id(request), exc_info=error)
    return error_response(request, 500)


def _field(error: Mapping[str, Any]) -> tuple[str, str]:
    where = [str(part) for part in error.get("loc", ())]
    # The first parts name where it was looked for (query, body) and the parameter that holds the body.
    named = where[1:] or where
    if len(named) > 1 and where[0] in ("body", "query", "form"):
        named = named[1:]
    return ".".join(named), str(error.get("msg", ""))
