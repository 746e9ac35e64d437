# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Make a report"), url=lambda: reverse("reports.report_new"), permission="reports.make", icon="report")
command(
    _("When reports are made"), url=lambda: reverse("reports.plans"), permission="reports.plan", icon="calendar-event"
)
