# SPDX-License-Identifier: Apache-2.0
"""Headers that tell a browser what these pages never do: no script, style or frame from elsewhere, none within a page."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from steward.settings.env import get_settings

NEVER_USED = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)


def policy(live_origin: str) -> str:
    """The content security policy; live updates come from a port of their own."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {live_origin}",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


class SecurityHeadersMiddleware:
    """Adds the headers to every answer, errors and files included."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        live = urlsplit(get_settings().live_base_url)
        self.headers = {
            "Content-Security-Policy": policy(f"{live.scheme}://{live.netloc}"),
            "X-Frame-Options": "DENY",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{name}=()" for name in NEVER_USED),
        }

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith("/static/"):
            # What a person saw must not come back from a cache after they signed out.
            response.headers.setdefault("Cache-Control", "no-store")
        return response
