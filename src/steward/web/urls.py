# SPDX-License-Identifier: Apache-2.0
"""Every address of the web process: pages and endpoints are found in the rooms, nothing is listed by hand."""

from importlib import import_module
from pkgutil import walk_packages

from django.apps import AppConfig, apps
from django.urls import URLPattern, URLResolver, include, path
from django.utils.module_loading import module_has_submodule

from steward.core.rest.api import api_urls
from steward.core.tenancy.public import RoomConfig
from steward.core.ui.routes import page_urls


def _find(room: AppConfig) -> None:
    """Import what a room declares: `rest.py`, and every module of `pages/`."""
    for name in ("rest", "pages"):
        if not module_has_submodule(room.module, name):
            continue
        found = import_module(f"{room.name}.{name}")
        for each in walk_packages(getattr(found, "__path__", []), f"{found.__name__}."):
            import_module(each.name)


for _room in apps.get_app_configs():
    if isinstance(_room, RoomConfig):
        _find(_room)

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("steward.core.identity.urls")),
    path("", include("steward.web.health.urls")),
    path("", include("steward.desk.oncall.urls")),
    *api_urls(),
    *page_urls(),
]

handler400 = "steward.core.ui.errors.bad_request"
handler403 = "steward.core.ui.errors.denied"
handler404 = "steward.core.ui.errors.not_found"
handler500 = "steward.core.ui.errors.failed"
