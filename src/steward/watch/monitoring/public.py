# SPDX-License-Identifier: Apache-2.0
"""The door of monitoring."""

from steward.watch.monitoring.actions import check_create, rule_create, usual_rules
from steward.watch.monitoring.defaults import PRESETS
from steward.watch.monitoring.judging import RuleKind
from steward.watch.monitoring.models import BlindSpell, Check, Rule
from steward.watch.monitoring.registry import rule_kinds

__all__ = [
    "PRESETS",
    "BlindSpell",
    "Check",
    "Rule",
    "RuleKind",
    "check_create",
    "rule_create",
    "rule_kinds",
    "usual_rules",
]
