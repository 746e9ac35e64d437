# SPDX-License-Identifier: Apache-2.0
"""Places on a page that rooms above fill: "assets.asset.side", "ui.today.work"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import NoScope, current_scope
from steward.core.ui.registry import room_of


@dataclass(frozen=True, slots=True)
class Panel:
    """What a room puts into a slot."""

    slot: str
    name: str
    permission: str
    order: int
    template: str
    view: Callable[..., Any]


SLOTS: dict[str, list[Panel]] = {}


def panel(
    slot: str, *, permission: str, order: int = 50, template: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put something into a slot of another room's page, from a room's `panels.py`.

    The function takes (request, record) and returns a frozen dataclass, which the template `<room>/<function name>.html` gets
    as `panel`; None when there is nothing to say. Its `verdict`, where it has one, is a sentence for the head of a page that has a
    verdict. Whoever lacks the permission does not see it.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Any]:
        room = room_of(view)
        name = f"{room}.{view.__name__}"
        held = SLOTS.setdefault(slot, [])
        if any(each.name == name for each in held):
            raise ValueError(f"{slot}: the panel {name} is declared twice")
        held.append(Panel(slot, name, permission, order, template or f"{room}/{view.__name__}.html", view))
        held.sort(key=lambda each: (each.order, each.name))
        return view

    return declare


def panels_for(slot: str) -> list[Panel]:
    """The panels of a slot that the acting person may see, in their order; none where nobody acts, as on a page drawn by itself."""
    try:
        actor = current_scope().actor
    except NoScope:
        return []
    return [each for each in SLOTS.get(slot, ()) if each.permission == SIGNED_IN or actor.may(each.permission)]
