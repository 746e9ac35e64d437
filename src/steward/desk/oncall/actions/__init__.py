# SPDX-License-Identifier: Apache-2.0
"""Every write of this room."""

from steward.desk.oncall.actions.overrides import override_add, override_remove
from steward.desk.oncall.actions.pages import page_acknowledge, page_end, page_open
from steward.desk.oncall.actions.policies import NewStep, policy_create, policy_edit
from steward.desk.oncall.actions.rosters import roster_create, roster_edit

__all__ = [
    "NewStep",
    "override_add",
    "override_remove",
    "page_acknowledge",
    "page_end",
    "page_open",
    "policy_create",
    "policy_edit",
    "roster_create",
    "roster_edit",
]
