# SPDX-License-Identifier: Apache-2.0
"""The door of access."""

from steward.core.access.action import ACTIONS, OWN, Action, action
from steward.core.access.actors import actor_for, roles_of, scope_for
from steward.core.access.errors import Denied, Refused, RefusedMany
from steward.core.access.models import ApiToken, RoleAssignment, StaffClient
from steward.core.access.people import (
    clients_limit_set,
    first_account,
    invitation_repeat,
    person_activate,
    person_deactivate,
    person_erase,
    person_invite,
    profile_set,
    roles_set,
)
from steward.core.access.providers import (
    identity_unlink,
    own_identity_unlink,
    provider_add,
    provider_edit,
    provider_switch,
)
from steward.core.access.reach import people, staff_holding
from steward.core.access.registry import (
    Permission,
    of_some_clients,
    permission_matrix,
    permissions,
    permissions_of,
    register_permissions,
)
from steward.core.access.roles import CLIENT_SIDE, EVERYBODY, MANAGERS, STAFF, TECHNICIANS, Role
from steward.core.access.sessions import (
    own_session_end,
    own_sessions,
    own_sessions_end,
    session_revoke,
    sessions_revoke,
    sessions_within_reach,
)
from steward.core.access.standing import Step, missing_step
from steward.core.access.tokens import actor_for_token, scope_for_token, token_mint, token_revoke
from steward.core.access.writing import changed, check_row, name_of, save_once, snapshot

__all__ = [
    "ACTIONS",
    "CLIENT_SIDE",
    "EVERYBODY",
    "MANAGERS",
    "OWN",
    "STAFF",
    "TECHNICIANS",
    "Action",
    "ApiToken",
    "Denied",
    "Permission",
    "Refused",
    "RefusedMany",
    "Role",
    "RoleAssignment",
    "StaffClient",
    "Step",
    "action",
    "actor_for",
    "actor_for_token",
    "changed",
    "check_row",
    "clients_limit_set",
    "first_account",
    "identity_unlink",
    "invitation_repeat",
    "missing_step",
    "name_of",
    "of_some_clients",
    "own_identity_unlink",
    "own_session_end",
    "own_sessions",
    "own_sessions_end",
    "people",
    "permission_matrix",
    "permissions",
    "permissions_of",
    "person_activate",
    "person_deactivate",
    "person_erase",
    "person_invite",
    "profile_set",
    "provider_add",
    "provider_edit",
    "provider_switch",
    "register_permissions",
    "roles_of",
    "roles_set",
    "save_once",
    "scope_for",
    "scope_for_token",
    "session_revoke",
    "sessions_revoke",
    "sessions_within_reach",
    "snapshot",
    "staff_holding",
    "token_mint",
    "token_revoke",
]
