# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import EVERYBODY, MANAGERS, TECHNICIANS, Permission, Role, register_permissions

HANDS = MANAGERS | TECHNICIANS | {Role.DISPATCHER, Role.SECURITY_ANALYST}

register_permissions(
    [
        Permission("assets.view", _("See assets, how they relate and what was measured on them"), EVERYBODY),
        Permission("assets.edit", _("Add and change assets and their relations"), HANDS),
        Permission("assets.archive", _("Archive assets"), MANAGERS | {Role.TECHNICIAN_L3}),
        Permission("assets.discover", _("Note on an asset what was found on it"), frozenset({Role.OWNER})),
    ]
)
