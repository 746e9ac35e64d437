# SPDX-License-Identifier: Apache-2.0
"""Every write of this room."""

from steward.watch.alerts.actions.alerts import (
    alert_acknowledge,
    alert_judge,
    alert_resolve,
    alert_snooze,
    alert_wake,
)
from steward.watch.alerts.actions.maintenance import maintenance_begin, maintenance_end
from steward.watch.alerts.actions.raising import Raising, alerts_clear, alerts_raise, alerts_seen

__all__ = [
    "Raising",
    "alert_acknowledge",
    "alert_judge",
    "alert_resolve",
    "alert_snooze",
    "alert_wake",
    "alerts_clear",
    "alerts_raise",
    "alerts_seen",
    "maintenance_begin",
    "maintenance_end",
]
