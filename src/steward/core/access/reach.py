# SPDX-License-Identifier: Apache-2.0
"""Which persons an actor can touch, and which rights they can give: never above their own."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from steward.core.access.actors import roles_of
from steward.core.access.errors import Denied, Refused
from steward.core.access.models import RoleAssignment, StaffClient
from steward.core.access.registry import of_some_clients, permissions, permissions_of
from steward.core.access.roles import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import ALL, Actor, Client, current_scope


def people() -> QuerySet[User]:
    """The persons that the scope may know of: a client's people theirs alone, staff their colleagues and their clients'."""
    scope = current_scope()
    if scope.actor.client_id is not None:
        return User.objects.filter(client_id=scope.actor.client_id)
    if scope.clients is ALL:
        return User.objects.all()
    return User.objects.filter(Q(client_id__isnull=True) | Q(client_id__in=scope.clients))


def refuse_out_of_reach(actor: Actor, person: User, permission: str) -> None:
    """Raise Denied unless `actor` may act on `person`: one the scope knows of, who holds no right that the actor lacks."""
    if not people().filter(pk=person.pk).exists():
        raise Denied(permission)
    refuse_rights_above(actor, permissions_of(_all_roles(person)), permission)
    if current_scope().clients is not ALL and person.client_id is None:
        _refuse_wider_view(person, permission)


def refuse_rights_above(actor: Actor, rights: Iterable[str], permission: str) -> None:
    """Raise Denied when `rights` hold one that `actor` lacks; where only some clients are seen, nobody gets those of the whole."""
    given = rights if current_scope().clients is ALL else of_some_clients(rights)
    if any(not actor.may(each) for each in given):
        raise Denied(permission)


def checked_roles(actor: Actor, side: str, roles: Collection[Role]) -> frozenset[Role]:
    """`roles` as a set that fits the side and that the actor may give. Raises Refused (`roles`), Denied."""
    wanted = frozenset(roles)
    if not wanted:
        raise Refused("roles", _("Choose at least one role."))
    if any(role.of_staff is not (side == User.Side.STAFF) for role in wanted):
        raise Refused("roles", _("Staff hold roles of the MSP, a client's people those of a client."))
    refuse_rights_above(actor, permissions_of(wanted), "people.manage")
    return wanted


def checked_clients(clients: Iterable[Client], *, all_clients: bool) -> tuple[bool, frozenset[int]]:
    """Which clients a member of staff may be given: those within the scope. Raises Refused (`clients`), Denied."""
    scope = current_scope()
    wanted = frozenset(client.pk for client in clients)
    if all_clients and wanted:
        raise Refused("clients", _("Choose either all clients or some of them."))
    if all_clients and scope.clients is not ALL:
        raise Denied("people.manage")
    if any(not scope.allows(each) for each in wanted):
        raise Denied("people.manage")
    return all_clients, wanted


def refuse_last_owner(person: User) -> None:
    """Raise Refused (`roles`) when nobody but `person` is an active owner: somebody must be able to give it back."""
    owners = RoleAssignment.objects.select_for_update().filter(role=Role.OWNER).order_by("pk")
    active = [each.user_id for each in owners.select_related("user") if each.user.is_active]
    if active == [person.pk]:
        raise Refused("roles", _("This is the last owner. Make somebody else an owner first."))


def _refuse_wider_view(person: User, permission: str) -> None:
    seen = frozenset(StaffClient.objects.filter(user=person).values_list("client_id", flat=True))
    if person.all_clients or any(not current_scope().allows(each) for each in seen):
        raise Denied(permission)


def _all_roles(person: User) -> frozenset[Role]:
    # Also of somebody who is inactive now: to wake an owner up takes an owner.
    held = {Role(role) for role in RoleAssignment.objects.filter(user=person).values_list("role", flat=True)}
    return frozenset(held) | roles_of(person)


def staff_holding(permission: str, client: Client) -> QuerySet[User]:
    """The active staff whose roles hold a permission and who see a client, by name. Raises KeyError for no permission."""
    roles = [role.value for role in Role if role.of_staff and permissions()[permission].held_by(role)]
    holding = RoleAssignment.objects.filter(role__in=roles).values("user_id")
    chosen = StaffClient.objects.filter(client=client).values("user_id")
    staff = User.objects.filter(side=User.Side.STAFF, is_active=True, pk__in=holding)
    return staff.filter(Q(all_clients=True) | Q(pk__in=chosen)).order_by("name", "email")
