# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Enrol a machine"), url=lambda: reverse("agents.token_new"), permission="agents.enrol", icon="plus")
command(
    _("Approve machines"),
    url=lambda: f"{reverse('agents.agents')}?state=pending",
    permission="agents.approve",
    icon="check",
)
