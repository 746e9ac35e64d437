# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, TECHNICIANS, Permission, Role, register_permissions

WORKING: Final = MANAGERS | TECHNICIANS | {Role.DISPATCHER, Role.SECURITY_ANALYST}

register_permissions(
    [
        Permission("alerts.view", _("See alerts and what became of them"), STAFF),
        Permission("alerts.work", _("Acknowledge, put off, resolve and judge alerts"), WORKING),
        Permission("alerts.maintain", _("Say when an asset is in maintenance"), WORKING),
        Permission("alerts.raise", _("Raise and clear alerts"), frozenset({Role.OWNER})),
    ]
)
