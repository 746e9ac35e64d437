# SPDX-License-Identifier: Apache-2.0
"""The files of the pages, served by the web process itself: compressed, and for ever where the name holds the content's hash."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import HashedFilesMixin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.storage import CompressedManifestStaticFilesStorage


class KitStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # whitenoise carries no types
    """Names with hashes once the files were collected; before that (a checkout under test) the plain names."""

    support_js_module_import_aggregation = True
    # As Django's, without source maps: those of the vendors' files are not shipped.
    patterns = (("*.css", HashedFilesMixin.patterns[0][1][:2]),)
    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The name that a page is given for a file."""
        found: str = super().stored_name(name) if self.hashed_files else name
        return found


class StaticFilesMiddleware(WhiteNoiseMiddleware):  # type: ignore[misc]  # whitenoise carries no types
    """Serves the collected files; where nothing was collected yet, those of the rooms themselves."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        super().__init__(get_response)

    def serve(self, static_file: Any, request: HttpRequest) -> Any:
        """Reading only; a file has no other use."""
        response = super().serve(static_file, request)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        return response
