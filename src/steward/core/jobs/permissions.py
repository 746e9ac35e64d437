# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, Permission, register_permissions

register_permissions(
    [
        Permission("jobs.view", _("See background jobs and what failed"), MANAGERS),
        Permission("jobs.manage", _("Run failed jobs again or drop them"), MANAGERS),
    ]
)
