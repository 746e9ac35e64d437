# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import register_notice

register_notice(
    "recovery.overdue", label=_("Steward has not been backed up in time"), params=frozenset({"last_at"}), urgent=True
)
register_notice(
    "recovery.damaged", label=_("A backup of Steward is damaged"), params=frozenset({"name", "count"}), urgent=True
)
