# SPDX-License-Identifier: Apache-2.0
"""Filters for alerts: `{% load alerts %}`."""

from django import template

from steward.watch.alerts import words
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert

register = template.Library()


@register.filter
def alert_title(alert: Alert) -> str:
    """What was noticed."""
    return title_of(alert.kind, alert.params)


@register.filter
def drawn(severity: str) -> str:
    """The kit's severity of an alert's."""
    return words.drawn(severity)
