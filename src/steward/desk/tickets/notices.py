# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import Way, register_notice
from steward.desk.oncall.public import register_page_kind

_PAGED = frozenset({"number", "percent", "summary"})

register_page_kind(
    "tickets.response_at_risk",
    title=_("%(number)s %(summary)s: %(percent)s %% of the time to respond is used"),
    params=_PAGED,
    severity="high",
)
register_page_kind(
    "tickets.resolution_at_risk",
    title=_("%(number)s %(summary)s: %(percent)s %% of the time to resolve is used"),
    params=_PAGED,
    severity="high",
)
register_notice(
    "tickets.promise_at_risk",
    label=_("A promise is at risk"),
    params=frozenset({"ticket", "percent", "target"}),
    about="ticket",
)
register_notice(
    "tickets.promise_broken",
    label=_("A promise was broken"),
    params=frozenset({"ticket", "percent", "target"}),
    about="ticket",
)
register_notice(
    "tickets.reply",
    label=_("An answer about a ticket"),
    params=frozenset({"ticket", "files"}),
    ways=frozenset({Way.MAIL}),
    about="ticket",
)
