# SPDX-License-Identifier: Apache-2.0
"""The permissions that rooms declare, and which roles hold them.

Two rules stand above the declarations: the owner holds every permission, and the auditor every one that only reads, and
none that writes. A room can't forget the first nor break the second."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from steward.core.access.roles import Role

READING = "view"


@dataclass(frozen=True, slots=True)
class Permission:
    """`code` is "room.verb"; one whose verb is `view` (or ends in `_view`) only reads, every other writes.

    One of the `whole` changes what all clients share: whoever sees some of them alone holds it in no role, and no token of theirs.
    """

    code: str
    label: Promise | str
    roles: frozenset[Role]
    whole: bool = False

    @property
    def room(self) -> str:
        """The room that declared it."""
        return self.code.partition(".")[0]

    @property
    def reads(self) -> bool:
        """Whether it gives sight only."""
        verb = self.code.rpartition(".")[2]
        return verb == READING or verb.endswith(f"_{READING}")

    def held_by(self, role: Role) -> bool:
        """Whether `role` holds this permission."""
        if role is Role.OWNER:
            return True
        if role is Role.AUDITOR:
            return self.reads
        return role in self.roles


class BadPermission(ValueError):
    """A room declared a permission that can't be: twice, without a room, or a write for the auditor."""


_registry: dict[str, Permission] = {}


def register_permissions(permissions: Iterable[Permission]) -> None:
    """Declare a room's permissions, once, in its `permissions.py`. Raises BadPermission."""
    for permission in permissions:
        _refuse_bad(permission)
        _registry[permission.code] = permission


def permissions() -> dict[str, Permission]:
    """Every declared permission by its code, in alphabetical order."""
    return dict(sorted(_registry.items()))


def permissions_of(roles: Iterable[Role]) -> frozenset[str]:
    """The codes that somebody with all of `roles` holds."""
    held = tuple(roles)
    return frozenset(code for code, permission in _registry.items() if any(permission.held_by(role) for role in held))


def of_some_clients(codes: Iterable[str]) -> frozenset[str]:
    """What of `codes` is left to somebody who sees some clients alone."""
    return frozenset(code for code in codes if code not in _registry or not _registry[code].whole)


def permission_matrix() -> list[tuple[Permission, dict[Role, bool]]]:
    """Every permission with who holds it: what the generated page shows."""
    return [(permission, {role: permission.held_by(role) for role in Role}) for permission in permissions().values()]


def _refuse_bad(permission: Permission) -> None:
    room, dot, verb = permission.code.partition(".")
    if not (room and dot and verb):
        raise BadPermission(f"{permission.code!r}: a permission is named room.verb")
    if _registry.get(permission.code, permission) != permission:
        raise BadPermission(f"{permission.code}: declared twice")
    if Role.AUDITOR in permission.roles and not permission.reads:
        raise BadPermission(f"{permission.code}: the auditor reads all and writes nothing")
