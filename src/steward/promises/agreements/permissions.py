# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, Role, register_permissions

register_permissions(
    [
        Permission(
            "agreements.view",
            _("See contracts and what they promise"),
            STAFF | {Role.CLIENT_ADMIN, Role.CLIENT_APPROVER},
        ),
        Permission("agreements.drafts_view", _("See contracts that are not in force yet"), STAFF),
        Permission("agreements.manage", _("Make, amend and end contracts"), MANAGERS),
    ]
)
