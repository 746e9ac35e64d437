# SPDX-License-Identifier: Apache-2.0
"""Pages are declared where they are written: a function, its address, its permission, its kind.

The urls, the navigation, the palette and the checks are made from what stands here."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.apps import apps
from django.http import HttpRequest

from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import Actor
from steward.core.ui.table.columns import Words
from steward.core.ui.table.table import Table


class Kind(StrEnum):
    """The six kinds of page."""

    TODAY = "today"
    LIST = "list"
    RECORD = "record"
    BOARD = "board"
    REPORT = "report"
    FORM = "form"


@dataclass(frozen=True, slots=True)
class Nav:
    """A page's place in the navigation: its floor, its word there, and the keys that lead to it ("g t").

    `tab` is its rank at the thumb, on a phone: the first three stand there that the person may open; 0 never does.
    """

    floor: str
    label: Words
    icon: str
    order: int = 50
    keys: str = ""
    tab: int = 0
    count: Callable[[Actor], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """Something a person does on a page, without leaving it."""

    name: str
    permission: str
    run: Callable[..., Any]


@dataclass(slots=True)
class Page:
    """A declared page."""

    name: str
    route: str
    permission: str
    kind: Kind
    title: Words
    view: Callable[..., Any]
    template: str
    nav: Nav | None = None
    table: Table | None = None
    create: bool = False
    parent: str = ""
    verbs: dict[str, Verb] = field(default_factory=dict)

    def open_to(self, actor: Actor) -> bool:
        """Whether `actor` may see the page."""
        return self.permission == SIGNED_IN or actor.may(self.permission)


PAGES: dict[str, Page] = {}


class BadPage(ValueError):
    """A page was declared in a way that can't be: its name, address or keys are taken, or a verb's page is unknown."""


PageFunction = Callable[..., Any]


def page(
    route: str,
    *,
    permission: str,
    kind: Kind,
    title: Words,
    nav: Nav | None = None,
    table: Table | None = None,
    template: str = "",
    parent: str = "",
    create: bool = False,
) -> Callable[[PageFunction], PageFunction]:
    """Declare a page at `/route`. The function takes (request, **parts of the route) and returns a frozen dataclass, which the
    template `<room>/<function name>.html` receives as `page`; or an HttpResponse. Its name is "<room>.<function name>".

    `permission` is asked before the function runs; SIGNED_IN for pages about oneself. A record that is not there
    (DoesNotExist, Http404) is a 404, whether it belongs to somebody else or to nobody. `parent` names the page that the
    crumbs lead back to. `create` puts a form under "New". `table` gives a list its files, saved views and bulk actions.
    """

    def declare(view: PageFunction) -> PageFunction:
        room = room_of(view)
        name = f"{room}.{view.__name__}"
        found = Page(
            name,
            route,
            permission,
            kind,
            title,
            view,
            template or f"{room}/{view.__name__}.html",
            nav,
            table,
            create,
            parent,
        )
        _add(found)
        return view

    return declare


def verb(on: PageFunction, name: str, *, permission: str) -> Callable[[PageFunction], PageFunction]:
    """Declare what can be done on a page: POST to its address + `verb-<name>`. The function takes what the page takes.

    It returns a `Done` (a toast, and the page or its fragment anew), None (the same without a toast) or an HttpResponse.
    A Refused becomes a toast that says why; nothing has happened then.
    """

    def declare(run: PageFunction) -> PageFunction:
        target = page_named(f"{room_of(on)}.{on.__name__}")
        if name in target.verbs:
            raise BadPage(f"{target.name}: the verb {name} is declared twice")
        target.verbs[name] = Verb(name, permission, run)
        return run

    return declare


def room_of(function: Callable[..., Any]) -> str:
    """The label of the room a function was written in."""
    config = apps.get_containing_app_config(function.__module__)
    if config is None:
        raise BadPage(f"{function.__module__} belongs to no room")
    return config.label


def pages() -> list[Page]:
    """Every declared page, by address."""
    return sorted(PAGES.values(), key=lambda each: each.route)


def page_named(name: str) -> Page:
    """The page called "<room>.<function>". Raises BadPage."""
    if name not in PAGES:
        raise BadPage(f"There is no page {name}")
    return PAGES[name]


def _add(found: Page) -> None:
    taken = next((other for other in PAGES.values() if other.route == found.route), None)
    if found.name in PAGES or taken:
        raise BadPage(
            f"{found.name}: its name or its address /{found.route} is taken by {taken.name if taken else found.name}"
        )
    if found.route and not found.route.endswith("/"):
        raise BadPage(f"{found.name}: an address ends with a slash")
    keys = found.nav.keys if found.nav else ""
    led = next((other for other in PAGES.values() if keys and other.nav and other.nav.keys == keys), None)
    if led:
        raise BadPage(f"{found.name}: the keys {keys} lead to {led.name} already")
    PAGES[found.name] = found


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the kit knows of the page being answered; on the request as `request.steward_page`."""

    page: Page
    params: dict[str, Any]


def at_page(request: HttpRequest) -> PageRequest | None:
    """The page that `request` is answered by, None outside the kit."""
    found: PageRequest | None = getattr(request, "steward_page", None)
    return found
