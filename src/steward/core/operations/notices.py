# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import Way, register_notice

register_notice(
    "operations.ended",
    label=_("Long work ended"),
    params=frozenset({"operation", "state"}),
    ways=frozenset({Way.APP}),
    about="operation",
)
