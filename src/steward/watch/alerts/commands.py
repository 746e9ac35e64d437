# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(
    _("See alerts nobody has seen"),
    url=lambda: f"{reverse('alerts.alerts')}?state=open&snoozed=no",
    permission="alerts.view",
    icon="alert-triangle",
)
