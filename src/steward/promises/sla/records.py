# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record

register_record(
    "sla.policy",
    model="sla.SlaPolicy",
    url=lambda policy: reverse("sla.policy", args=[policy.uid]),
    title=str,
    permission="sla.view",
    label=_("Policy"),
)
register_record(
    "sla.calendar",
    model="sla.SlaCalendar",
    url=lambda calendar: reverse("sla.calendar", args=[calendar.uid]),
    title=str,
    permission="sla.view",
    label=_("Calendar"),
)
