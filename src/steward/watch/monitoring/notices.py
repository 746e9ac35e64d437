# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.notify.public import register_notice

register_notice(
    "monitoring.blind",
    label=_("Rules are not judged"),
    params=frozenset({"since", "spells", "going_on"}),
    urgent=True,
)
