# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, TECHNICIANS, Permission, Role, register_permissions

ON_DUTY: Final = MANAGERS | TECHNICIANS | {Role.DISPATCHER, Role.SECURITY_ANALYST}

register_permissions(
    [
        Permission("oncall.view", _("See who is on duty, and what was told to whom"), STAFF),
        Permission("oncall.acknowledge", _("Be paged, acknowledge and end pages"), ON_DUTY),
        Permission("oncall.page", _("Page whoever is on duty"), ON_DUTY),
        Permission("oncall.override", _("Take over a shift, or give one away"), ON_DUTY),
        Permission("oncall.manage", _("Change rosters and escalations"), MANAGERS, whole=True),
    ]
)
