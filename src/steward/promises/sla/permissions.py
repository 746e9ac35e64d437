# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, register_permissions

register_permissions(
    [
        Permission("sla.view", _("See service levels: policies and calendars"), STAFF),
        Permission("sla.manage", _("Change service levels: policies and calendars"), MANAGERS, whole=True),
    ]
)
