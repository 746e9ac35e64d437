# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.registry import Permission, register_permissions
from steward.core.access.roles import MANAGERS, STAFF, Role

register_permissions(
    [
        Permission("people.view", _("See people and their roles"), STAFF | {Role.CLIENT_ADMIN}),
        Permission("people.manage", _("Invite people, give roles, end sessions"), MANAGERS | {Role.CLIENT_ADMIN}),
        Permission("people.erase", _("Erase a person's data"), frozenset({Role.OWNER})),
        Permission("people.sign_in_view", _("See which providers people may sign in with"), MANAGERS),
        Permission(
            "people.sign_in_manage",
            _("Say which providers people may sign in with"),
            frozenset({Role.OWNER}),
            whole=True,
        ),
        Permission("tokens.mint", _("Make personal API tokens"), (STAFF | {Role.CLIENT_ADMIN}) - {Role.AUDITOR}),
        Permission("audit.view", _("Read the audit"), MANAGERS | {Role.SECURITY_ANALYST}),
    ]
)
