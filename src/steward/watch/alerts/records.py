# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert


def alert_url(alert: Alert) -> str:
    """An alert's page."""
    return reverse("alerts.alert", args=[alert.number])


def alert_title(alert: Alert) -> str:
    """What was noticed."""
    return title_of(alert.kind, alert.params)


register_record(
    "alerts.alert", model="alerts.Alert", url=alert_url, title=alert_title, permission="alerts.view", label=_("Alert")
)
