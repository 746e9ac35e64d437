# SPDX-License-Identifier: Apache-2.0
"""Writes: calendars, policies, and what is owed."""

from steward.promises.sla.actions.calendars import (
    CalendarHours,
    calendar_archive,
    calendar_create,
    calendar_rename,
    calendar_restore,
    calendar_revise,
)
from steward.promises.sla.actions.obligations import clock_keep
from steward.promises.sla.actions.policies import (
    PolicyTerms,
    TargetTerms,
    ThresholdTerms,
    policy_archive,
    policy_create,
    policy_describe,
    policy_restore,
    policy_revise,
)

__all__ = [
    "CalendarHours",
    "PolicyTerms",
    "TargetTerms",
    "ThresholdTerms",
    "calendar_archive",
    "calendar_create",
    "calendar_rename",
    "calendar_restore",
    "calendar_revise",
    "clock_keep",
    "policy_archive",
    "policy_create",
    "policy_describe",
    "policy_restore",
    "policy_revise",
]
