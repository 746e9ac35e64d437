# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, Role, register_permissions

SENIORS = MANAGERS | {Role.TECHNICIAN_L2, Role.TECHNICIAN_L3}

register_permissions(
    [
        Permission(
            "agents.view",
            _("See agents, their inventories and what changed on their machines"),
            STAFF | {Role.CLIENT_ADMIN},
        ),
        Permission("agents.enrol", _("Make and revoke enrolment tokens"), SENIORS),
        Permission(
            "agents.preapprove", _("Make enrolment tokens whose machines need no approval"), frozenset({Role.OWNER})
        ),
        Permission(
            "agents.approve",
            _("Approve or refuse machines, say which asset they speak for, how often they report"),
            SENIORS,
        ),
        Permission("agents.revoke", _("Revoke an agent"), SENIORS | {Role.SECURITY_ANALYST}),
        Permission("agents.intake", _("Take in what agents send"), frozenset({Role.OWNER})),
    ]
)
