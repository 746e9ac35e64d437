# SPDX-License-Identifier: Apache-2.0
"""The urls of all declared pages, of their verbs, and of what a table brings along."""

from django.urls import URLPattern, path

from steward.core.ui.answers import verb_view, view_of
from steward.core.ui.registry import PAGES, Page
from steward.core.ui.table.views import bulk_view, delete_saved_view, export_view, save_view_view
from steward.core.ui.tools import tool_urls


def page_urls() -> list[URLPattern]:
    """Every page's address, those with fixed words before those with parts, so that `assets/new/` is not taken for a number."""
    found = [pattern for page in PAGES.values() for pattern in _urls_of(page)]
    return [*tool_urls(), *(pattern for _route, pattern in sorted(found, key=lambda each: _fixed_first(each[0])))]


def _urls_of(page: Page) -> list[tuple[str, URLPattern]]:
    route = page.route
    found = [(route, path(route, view_of(page), name=page.name))]
    for verb in page.verbs.values():
        address = f"{route}verb-{verb.name}/"
        found.append((address, path(address, verb_view(page, verb), name=f"{page.name}.{verb.name}")))
    if page.table is None:
        return found
    for ending in ("csv", "yaml"):
        address = f"{route}export.{ending}"
        found.append((address, path(address, export_view(page, page.table, ending), name=f"{page.name}.{ending}")))
    for bulk in page.table.bulk:
        address = f"{route}bulk-{bulk.name}/"
        found.append((address, path(address, bulk_view(page, page.table, bulk), name=f"{page.name}.bulk-{bulk.name}")))
    save, delete = f"{route}views/", f"{route}views/<uuid:uid>/delete/"
    found.append((save, path(save, save_view_view(page, page.table), name=f"{page.name}.views")))
    found.append((delete, path(delete, delete_saved_view(page, page.table), name=f"{page.name}.view-delete")))
    return found


def _fixed_first(route: str) -> list[tuple[bool, str]]:
    return [("<" in part, part) for part in route.split("/")]
