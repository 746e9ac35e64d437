# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Page somebody"), url=lambda: reverse("oncall.call_new"), permission="oncall.page", icon="bell-ringing")
command(_("See who is on duty"), url=lambda: reverse("oncall.duty"), permission="oncall.view", icon="phone-call")
command(_("Add a roster"), url=lambda: reverse("oncall.roster_new"), permission="oncall.manage", icon="calendar-plus")
