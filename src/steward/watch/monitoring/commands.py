# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(
    _("Add a rule"),
    url=lambda: reverse("monitoring.rule_new", args=["threshold"]),
    permission="monitoring.manage",
    icon="plus",
)
