# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.business.reports.mailing import NOTICE
from steward.business.reports.waiting import WAITS
from steward.core.notify.public import Way, register_notice

register_notice(
    NOTICE,
    label=_("A monthly report"),
    params=frozenset({"report", "client", "month", "revision"}),
    ways=frozenset({Way.MAIL}),
    about="report",
)
register_notice(
    WAITS,
    label=_("A monthly report waits"),
    params=frozenset({"report", "client", "month", "counted"}),
    about="report",
)
