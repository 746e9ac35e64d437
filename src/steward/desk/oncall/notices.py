# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import Way, register_notice

# Not urgent in the sense of notify, whose fallback would be a second escalation beside this one.
register_notice(
    "oncall.page",
    label=_("You are paged"),
    params=frozenset({"page"}),
    ways=frozenset({Way.MAIL, Way.CHANNEL}),
    about="page",
)
register_notice(
    "oncall.nobody_reached",
    label=_("A page reached nobody"),
    params=frozenset({"page"}),
    urgent=True,
    about="page",
)
