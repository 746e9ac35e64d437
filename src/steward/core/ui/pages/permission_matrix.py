# SPDX-License-Identifier: Apache-2.0
"""Which role may do what, generated from what the rooms declare."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Role
from steward.core.access.public import permission_matrix as declared
from steward.core.ui.registry import Kind, page
from steward.core.ui.request import Request


@dataclass(frozen=True, slots=True)
class Line:
    """A permission and, role by role in the order of the heads, who holds it."""

    label: str
    code: str
    held: list[bool]


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole table, room by room."""

    roles: list[Any]
    rooms: list[tuple[str, list[Line]]]


@page(
    "people/permissions/",
    permission="ui.permissions_view",
    kind=Kind.REPORT,
    title=_("Who may do what"),
    parent="ui.people_list",
    template="ui/pages/permission_matrix.html",
)
def permission_matrix(request: Request) -> Matrix:
    """Every permission with the roles that hold it."""
    rooms: dict[str, list[Line]] = {}
    for permission, roles in declared():
        rooms.setdefault(permission.room, []).append(
            Line(str(permission.label), permission.code, [roles[role] for role in Role])
        )
    return Matrix([role.label for role in Role], list(rooms.items()))
