# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import register_notice

register_notice(
    "webhooks.switched_off",
    label=_("A web hook was switched off by itself"),
    params=frozenset({"endpoint", "state"}),
    about="endpoint",
)
