# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import register_notice

register_notice(
    "approvals.asked",
    label=_("Somebody asks for approval"),
    params=frozenset({"approval", "record"}),
    about="approval",
)
register_notice(
    "approvals.ended",
    label=_("An approval was answered"),
    params=frozenset({"approval", "record", "state"}),
    about="approval",
)
