# SPDX-License-Identifier: Apache-2.0
"""Every write of this room."""

from steward.watch.monitoring.actions.checks import check_archive, check_create, check_edit
from steward.watch.monitoring.actions.rules import (
    override_remove,
    override_set,
    rule_archive,
    rule_create,
    rule_edit,
    usual_rules,
)

__all__ = [
    "check_archive",
    "check_create",
    "check_edit",
    "override_remove",
    "override_set",
    "rule_archive",
    "rule_create",
    "rule_edit",
    "usual_rules",
]
