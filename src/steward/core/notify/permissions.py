# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, Permission, Role, register_permissions

register_permissions(
    [
        Permission("notify.view", _("See what was sent to whom, and what became of it"), MANAGERS | {Role.DISPATCHER}),
        Permission("notify.manage", _("Change channels and senders, send again"), MANAGERS),
    ]
)
