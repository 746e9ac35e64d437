# SPDX-License-Identifier: Apache-2.0
"""What the console around every page shows: floors, the reader, their messages, where live updates come from."""

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import roles_of
from steward.core.tenancy.public import Actor, current_scope_or_none
from steward.core.ui.bell import bell_of
from steward.core.ui.registry import PAGES, Nav, Page, at_page
from steward.core.ui.table.columns import Words
from steward.core.ui.toasts import kept
from steward.settings.env import get_settings

# The floors as people read them, in their order; "house" is where the MSP keeps its own.
FLOORS: dict[str, tuple[Words, dict[str, str]]] = {
    "today": (gettext_lazy("Today"), {"icon": "sun-high"}),
    "estate": (gettext_lazy("Estate"), {"icon": "building-community"}),
    "promises": (gettext_lazy("Promises"), {"icon": "heart-handshake"}),
    "desk": (gettext_lazy("Desk"), {"icon": "headset"}),
    "watch": (gettext_lazy("Watch"), {"icon": "activity-heartbeat"}),
    "guard": (gettext_lazy("Guard"), {"icon": "shield-check"}),
    "business": (gettext_lazy("Business"), {"icon": "briefcase"}),
    "house": (gettext_lazy("House"), {"icon": "home-cog"}),
}


@dataclass(frozen=True, slots=True)
class Room:
    """A page in the navigation."""

    label: str
    url: str
    icon: str
    current: bool
    keys: str = ""
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor with its rooms; a link itself when it is one page."""

    label: str
    icon: str
    url: str = ""
    current: bool = False
    keys: str = ""
    rooms: list[Room] = field(default_factory=list)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor. All of it is made when a template asks, so a page that must render alone asks nothing."""
    scope = current_scope_or_none()
    actor = scope.actor if scope else None
    return {
        "nav": SimpleLazyObject(lambda: floors(request, actor)),
        "tabbar": SimpleLazyObject(lambda: _tabbar(request, actor)),
        "create": SimpleLazyObject(lambda: _create(actor)),
        "me": SimpleLazyObject(lambda: _me(request)) if actor else None,
        "bell": SimpleLazyObject(lambda: bell_of(request.user)) if actor else None,  # type: ignore[arg-type]  # signed in
        "messages": SimpleLazyObject(lambda: kept(request)),
        "live_url": get_settings().live_base_url + "/events" if actor else "",
        "request_id": getattr(request, "request_id", ""),
    }


def floors(request: HttpRequest, actor: Actor | None) -> list[Floor]:
    """The navigation for `actor`: floors in their order, each with the pages they may see."""
    if actor is None:
        return []
    shown = []
    for key, (label, look) in FLOORS.items():
        pages = _pages_of(key, actor)
        if key == "today" and pages:
            nav, found = pages[0]
            shown.append(Floor(str(label), look["icon"], reverse(found.name), _is_at(request, found), nav.keys))
        elif pages:
            rooms = [_room(request, nav, found, actor) for nav, found in pages]
            shown.append(Floor(str(label), look["icon"], current=any(room.current for room in rooms), rooms=rooms))
    return shown


def _pages_of(floor: str, actor: Actor) -> list[tuple[Nav, Page]]:
    found = [
        (page.nav, page) for page in PAGES.values() if page.nav and page.nav.floor == floor and page.open_to(actor)
    ]
    return sorted(found, key=lambda each: (each[0].order, each[1].name))


def _room(request: HttpRequest, nav: Nav, page: Page, actor: Actor) -> Room:
    return Room(
        str(nav.label),
        reverse(page.name),
        nav.icon,
        _is_at(request, page),
        nav.keys,
        nav.count(actor) if nav.count else None,
    )


def _is_at(request: HttpRequest, page: Page) -> bool:
    """Whether the request's page is `page` or lies below it."""
    at = at_page(request)
    name = at.page.name if at else ""
    while name:
        if name == page.name:
            return True
        name = PAGES[name].parent
    return False


def _tabbar(request: HttpRequest, actor: Actor | None) -> list[Room]:
    if actor is None:
        return []
    found = [(page.nav, page) for page in PAGES.values() if page.nav and page.nav.tab and page.open_to(actor)]
    found.sort(key=lambda each: each[0].tab)
    return [_room(request, nav, page, actor) for nav, page in found[:3]]


def _create(actor: Actor | None) -> list[dict[str, str]]:
    if actor is None:
        return []
    found = [page for page in PAGES.values() if page.create and page.open_to(actor)]
    return [
        {"label": str(page.title), "url": reverse(page.name), "icon": page.nav.icon if page.nav else "plus"}
        for page in found
    ]


def _me(request: HttpRequest) -> dict[str, Any]:
    person = request.user
    roles = sorted(roles_of(person))  # type: ignore[arg-type]  # a scope means a signed-in person
    menu = [
        {"label": _("My account"), "url": reverse("ui.account"), "icon": "user"},
        {"label": _("Inbox"), "url": reverse("ui.inbox_list"), "icon": "inbox"},
        {"label": _("Sign out"), "form": reverse("account_logout"), "icon": "logout"},
    ]
    return {
        "name": str(person),
        "role": ", ".join(str(role.label) for role in roles),
        "url": reverse("ui.account"),
        "menu": menu,
    }
