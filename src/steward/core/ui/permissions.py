# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, Role, register_permissions

register_permissions(
    [
        Permission("ui.views_share", _("Share saved views with all staff"), STAFF - {Role.AUDITOR}),
        Permission("ui.permissions_view", _("See which role may do what"), STAFF),
        Permission("ui.kit_view", _("See the parts that pages are made of"), MANAGERS),
    ]
)
