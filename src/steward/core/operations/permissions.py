# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import EVERYBODY, MANAGERS, Permission, Role, register_permissions

register_permissions(
    [
        Permission("operations.own_view", _("See the long work that one started"), EVERYBODY),
        Permission("operations.view", _("See the long work of others"), MANAGERS),
        Permission("operations.cancel", _("Stop long work that one started"), EVERYBODY - {Role.AUDITOR}),
        Permission("operations.manage", _("Stop the long work of others"), MANAGERS),
    ]
)
