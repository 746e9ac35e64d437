# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, Permission, Role, register_permissions

register_permissions(
    [
        Permission("recovery.view", _("See the backups of Steward itself"), MANAGERS),
        Permission("recovery.run", _("Back Steward up now, verify a backup"), MANAGERS, whole=True),
        # Who says where the backups go says where all data go.
        Permission(
            "recovery.manage", _("Say when and where Steward is backed up"), frozenset({Role.OWNER}), whole=True
        ),
    ]
)
