# SPDX-License-Identifier: Apache-2.0
"""From a person to what they may do, for whom. Read anew for every request, so that a change holds at once."""

from steward.core.access.models import RoleAssignment, StaffClient
from steward.core.access.registry import of_some_clients, permissions_of
from steward.core.access.roles import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import ALL, Actor, Scope


def roles_of(user: User) -> frozenset[Role]:
    """The roles that `user` holds and that belong to their side; none for somebody who may not sign in."""
    if not user.is_active:
        return frozenset()
    given = {Role(role) for role in RoleAssignment.objects.filter(user=user).values_list("role", flat=True)}
    return frozenset(role for role in given if role.of_staff is user.of_staff)


def actor_for(user: User) -> Actor:
    """Who acts when `user` does, with the permissions of all their roles."""
    held = permissions_of(roles_of(user))
    return Actor("person", str(user), held if user.all_clients else of_some_clients(held), user.pk, user.client_id)


def scope_for(user: User) -> Scope:
    """What `user` may see: their own client; for staff all clients or those chosen for them; nothing once inactive."""
    actor = actor_for(user)
    if not user.is_active:
        return Scope(actor, frozenset())
    if user.client_id is not None:
        return Scope(actor, frozenset({user.client_id}))
    if user.all_clients:
        return Scope(actor, ALL)
    return Scope(actor, frozenset(StaffClient.objects.filter(user=user).values_list("client_id", flat=True)))
