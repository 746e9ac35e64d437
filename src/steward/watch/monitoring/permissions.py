# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, Role, register_permissions

SENIORS: Final = MANAGERS | {Role.TECHNICIAN_L2, Role.TECHNICIAN_L3}

register_permissions(
    [
        Permission("monitoring.view", _("See checks, their results and the rules that judge"), STAFF),
        Permission(
            "monitoring.override", _("Add and change checks, and what rules say for a client or an asset"), SENIORS
        ),
        Permission("monitoring.manage", _("Change the rules for everybody"), MANAGERS, whole=True),
    ]
)
