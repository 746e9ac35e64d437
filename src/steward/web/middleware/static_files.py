# SPDX-License-Identifier: Apache-2.0
"""The files of the pages, served by the web process itself: compressed, and for ever, since their address names the version.

One version for all of them, not one for each: modules and stylesheets name each other relatively, so they stay together and
nothing has to be rewritten in them."""

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedStaticFilesStorage

NOT_SERVED = ["django_htmx"]  # the pages bring htmx themselves
STAMP = ".collected"  # in STATIC_ROOT: which version lies there
VERSIONED = re.compile(r"^/static/([0-9a-f]{16})/")


@cache
def version() -> str:
    """The version of this process's files: a hash over every name and content."""
    digest = hashlib.sha256()
    for name, path in sorted(sources()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def sources() -> Iterator[tuple[str, Path]]:
    """Every file that is served, by the name it is served under."""
    for finder in get_finders():
        for name, storage in finder.list(NOT_SERVED):
            yield name, Path(storage.path(name))


class KitStorage(CompressedStaticFilesStorage):  # type: ignore[misc]  # whitenoise carries no types
    """Where files are collected, and how a page names one."""

    def url(self, name: str | None) -> str:
        """The address of a file: /static/<version>/<name>."""
        return f"{settings.STATIC_URL}{version()}/{name}"


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise carries no types
    """Serves the collected files; where nothing was collected yet, those of the rooms themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        stamp = settings.STATIC_ROOT / STAMP
        collected = stamp.is_file() and stamp.read_text(encoding="ascii") == version()
        prefix = f"{settings.STATIC_URL}{version()}/"
        chosen = SimpleNamespace(
            DEBUG=False,
            FORCE_SCRIPT_NAME=None,
            STATIC_URL=prefix,
            STATIC_ROOT=settings.STATIC_ROOT if collected else None,
            WHITENOISE_STATIC_PREFIX=prefix,
            WHITENOISE_USE_FINDERS=not collected,
            WHITENOISE_ALLOW_ALL_ORIGINS=False,
            WHITENOISE_IMMUTABLE_FILE_TEST=lambda _path, url: url.startswith(prefix),
        )
        super().__init__(get_response, settings=chosen)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = VERSIONED.match(request.path_info)
        if asked and asked[1] != version():
            # A page that was loaded before an upgrade still finds what it needs, but keeps it for this once.
            request.path_info = request.path_info.replace(asked[1], version(), 1)
            response: HttpResponseBase = super().__call__(request)
            response.headers["Cache-Control"] = "no-cache"
            return response
        found: HttpResponseBase = super().__call__(request)
        return found
