# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, Permission, Role, register_permissions

register_permissions(
    [
        Permission("reports.view", _("See monthly reports"), STAFF | {Role.CLIENT_ADMIN, Role.CLIENT_APPROVER}),
        Permission("reports.drafts_view", _("See monthly reports that are not issued yet"), STAFF),
        Permission("reports.make", _("Draft, issue, reissue and mail monthly reports"), MANAGERS),
        Permission("reports.plan", _("Decide when monthly reports are made and who is mailed them"), MANAGERS),
    ]
)
