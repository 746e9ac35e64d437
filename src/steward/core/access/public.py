# SPDX-License-Identifier: Apache-2.0
"""The door of access."""

from steward.core.access.action import ACTIONS, action
from steward.core.access.actors import actor_for, roles_of, scope_for
from steward.core.access.errors import Denied, Refused, RefusedMany
from steward.core.access.registry import (
    Permission,
    permission_matrix,
    permissions,
    permissions_of,
    register_permissions,
)
from steward.core.access.roles import CLIENT_SIDE, EVERYBODY, MANAGERS, STAFF, TECHNICIANS, Role

__all__ = [
    "ACTIONS",
    "CLIENT_SIDE",
    "EVERYBODY",
    "MANAGERS",
    "STAFF",
    "TECHNICIANS",
    "Denied",
    "Permission",
    "Refused",
    "RefusedMany",
    "Role",
    "action",
    "actor_for",
    "permission_matrix",
    "permissions",
    "permissions_of",
    "register_permissions",
    "roles_of",
    "scope_for",
]
