# SPDX-License-Identifier: Apache-2.0
"""The list of people."""

from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Role, RoleAssignment, people
from steward.core.identity.public import User
from steward.core.ui.records import person_url
from steward.core.ui.registry import Kind, Nav, page
from steward.core.ui.request import Request
from steward.core.ui.table.columns import CellKind, Column, client_column
from steward.core.ui.table.filters import BoolFilter, ChoiceFilter, ClientFilter, Rows
from steward.core.ui.table.table import Empty, Table, View
from steward.core.ui.table.view import Listed, listed

SIDES = (("staff", _("Staff")), ("client", _("Client’s people")))


def with_roles(found: QuerySet[User]) -> QuerySet[Any]:
    """Persons with the names of their roles as `held`."""
    roles = RoleAssignment.objects.filter(user=OuterRef("pk")).order_by("role").values("role")
    return found.filter(erased_at__isnull=True).select_related("client").annotate(held=ArraySubquery(roles))


def _rows() -> QuerySet[Any]:
    return with_roles(people())


def roles_words(person: Any) -> list[str]:
    """The names of the roles of a person from `with_roles`."""
    return sorted(str(Role(each).label) for each in person.held)


@dataclass(frozen=True, slots=True)
class RoleFilter(ChoiceFilter):
    """Persons who hold one of the chosen roles."""

    def offered(self) -> list[tuple[str, str]]:
        """Every role."""
        return [(role.value, str(role.label)) for role in Role]

    def narrowed(self, rows: Rows, values: tuple[str, ...]) -> Rows:
        """Those who hold one."""
        self.refuse_unknown(values)
        return rows.filter(Exists(RoleAssignment.objects.filter(user=OuterRef("pk"), role__in=values)))


PEOPLE = Table(
    name="ui.people",
    label=_("people"),
    rows=_rows,
    url=person_url,
    sort="name",
    search=("name", "email"),
    search_words=_("Filter these people"),
    columns=[
        Column("name", _("Name"), value=str, kind=CellKind.LINK, sort=Lower("name"), sub=lambda person: person.email),
        Column("email", _("Address"), sort=True, shown=False),
        Column("roles", _("Roles"), value="held", text=roles_words, kind=CellKind.TAGS, css="meta"),
        client_column(),
        Column("active", _("May sign in"), value="is_active", kind=CellKind.BOOL, css="state"),
        Column("last_login", _("Signed in"), kind=CellKind.TIME, sort=True, descending_first=True, css="meta"),
        Column("created_at", _("Since"), kind=CellKind.TIME, sort=True, descending_first=True, wide_only=True),
    ],
    filters=[
        ChoiceFilter("side", _("Side"), choices=SIDES),
        RoleFilter("role", _("Role")),
        ClientFilter(),
        BoolFilter("active", _("May sign in"), field="is_active"),
    ],
    views=[View("staff", _("Staff"), "side=staff"), View("clients", _("Client’s people"), "side=client")],
    empty=Empty(
        title=_("Nobody here yet"),
        text=_("Everybody who may sign in stands here, with what their roles let them do."),
        icon="users",
        action=_("Invite somebody"),
        action_url="/people/invite/",
        action_permission="people.manage",
    ),
)


@page(
    "people/",
    permission="people.view",
    kind=Kind.LIST,
    title=_("People"),
    table=PEOPLE,
    template="ui/pages/people.html",
    nav=Nav("house", _("People"), icon="users", order=10, keys="g p"),
)
def people_list(request: Request) -> Listed:
    """Who may sign in."""
    return listed(PEOPLE, request)
