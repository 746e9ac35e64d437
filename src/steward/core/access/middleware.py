# SPDX-License-Identifier: Apache-2.0
"""The edge of a request: the steps of sign-in that may not be skipped, and the scope that the work runs in."""

from collections.abc import Callable
from typing import Any, Final

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from steward.core.access.actors import scope_for
from steward.core.access.standing import Step, missing_step
from steward.core.tenancy.public import scoped

GetResponse = Callable[[HttpRequest], HttpResponseBase]

# Where each step is done, first, and what may be reached besides while it is missing.
REACHED: Final[dict[Step, tuple[str, ...]]] = {
    Step.PASSWORD: ("account_change_password", "account_logout", "account_reauthenticate"),
    Step.SECOND_FACTOR: (
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_logout",
    ),
}


class MfaRequiredMiddleware:
    """Staff without a second factor, and whoever was given a password, reach the page to mend that and nothing else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., Any], _args: Any, _kwargs: Any
    ) -> HttpResponseBase | None:
        """Answer in place of the view while a step is missing."""
        if not request.user.is_authenticated:
            return None
        step = missing_step(request.user)
        if step is None:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in REACHED[step]:
            return None
        return _sent_to(request, step)


class ScopeMiddleware:
    """Opens the scope of the signed-in person around the view. Without a person there is no scope, and no client's row."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # Also where nobody is signed in: a thread must not bring a scope along from the request before.
        with scoped(scope_for(request.user) if request.user.is_authenticated else None):
            return self.get_response(request)


def _sent_to(request: HttpRequest, step: Step) -> HttpResponseBase:
    address = reverse(REACHED[step][0])
    if request.headers.get("HX-Request"):
        return HttpResponse(status=403, headers={"HX-Redirect": address})
    if request.method in ("GET", "HEAD") and "text/html" in request.headers.get("Accept", "text/html"):
        return redirect(address)
    words = {
        Step.PASSWORD: _("Choose a password of your own first."),
        Step.SECOND_FACTOR: _("Set up a second factor first; staff can't work without one."),
    }
    number = structlog.contextvars.get_contextvars().get("request_id")
    error: dict[str, Any] = {"code": f"{step}_required", "message": words[step], "fields": [], "request_id": number}
    return JsonResponse({"error": error}, status=403)
