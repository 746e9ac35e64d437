# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import EVERYBODY, MANAGERS, Permission, Role, register_permissions

register_permissions(
    [
        Permission("approvals.view", _("See what is to be approved"), EVERYBODY - {Role.CLIENT_USER}),
        Permission(
            "approvals.decide", _("Approve or reject what one is asked"), EVERYBODY - {Role.CLIENT_USER, Role.AUDITOR}
        ),
        Permission("approvals.manage", _("Withdraw what others asked for"), MANAGERS),
    ]
)
