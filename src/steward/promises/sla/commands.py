# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Add a policy"), url=lambda: reverse("sla.policy_new"), permission="sla.manage", icon="clock-hour-4")
command(_("Add a calendar"), url=lambda: reverse("sla.calendar_new"), permission="sla.manage", icon="calendar-week")
