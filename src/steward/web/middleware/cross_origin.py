# SPDX-License-Identifier: Apache-2.0
"""A write that another site sent is refused before anything looks at it, whichever way it would have been authenticated."""

from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from steward.core.rest.public import error_response
from steward.settings.env import get_settings

log = structlog.get_logger("steward.web")

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OUR_OWN = frozenset({"same-origin", "none"})


class CrossOriginMiddleware:
    """Refuses unsafe methods whose Origin is another, or whose Sec-Fetch-Site says that another site asked.

    Programs send neither header and pass: what they may is decided by their key.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        base = urlsplit(get_settings().base_url)
        self.origin = f"{base.scheme}://{base.netloc}"

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE or not self._foreign(request):
            return self.get_response(request)
        log.warning("request.foreign_origin", path=request.path, origin=request.headers.get("Origin", "")[:100])
        words = _("This was sent from another site, so nothing was done. Open Steward itself and try again.")
        if request.path.startswith("/api/"):
            return error_response(request, 403, words, code="foreign_origin")
        return HttpResponse(words, status=403, content_type="text/plain; charset=utf-8")

    def _foreign(self, request: HttpRequest) -> bool:
        origin = request.headers.get("Origin")
        if origin is not None and origin not in (self.origin, _own(request)):
            return True
        return request.headers.get("Sec-Fetch-Site", "none") not in OUR_OWN


def _own(request: HttpRequest) -> str:
    # The address a person really used: localhost and 127.0.0.1 are both allowed hosts, and Django has checked the host.
    return f"{request.scheme}://{request.get_host()}"
