# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, Permission, register_permissions

register_permissions(
    [
        Permission("webhooks.view", _("See which other systems are told what, and every message to them"), MANAGERS),
        Permission("webhooks.manage", _("Say which other systems are told what, send again"), MANAGERS),
    ]
)
