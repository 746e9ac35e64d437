# SPDX-License-Identifier: Apache-2.0
"""A page that needs a part which does not answer says so with 503: nobody is at fault, and later it works."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from steward.core.files.public import ContentsAway
from steward.core.ui.errors import unavailable


class AwayMiddleware:
    """Answers what a view raised; the request's transaction is rolled back by then."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        """503 for a store of files that does not answer; everything else goes its way."""
        return unavailable(request) if isinstance(exception, ContentsAway) else None
