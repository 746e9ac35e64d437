# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.watch.alerts.public import register_alert_kind
from steward.watch.monitoring import intake  # noqa: F401  # says to the gateway who takes results
from steward.watch.monitoring.defaults import label_of
from steward.watch.monitoring.models import Check, Rule
from steward.watch.monitoring.registry import rule_kinds


def check_url(check: Check) -> str:
    """A check's page."""
    return reverse("monitoring.check", args=[check.number])


def rule_url(rule: Rule) -> str:
    """A rule's page."""
    return reverse("monitoring.rule", args=[rule.uid])


def rule_title(rule: Rule) -> str:
    """What a rule is called."""
    return str(label_of(rule.preset, rule.name))


register_record(
    "monitoring.check",
    model="monitoring.Check",
    url=check_url,
    title=lambda check: f"{check.number} {check.name}",
    permission="monitoring.view",
    label=_("Check"),
)
register_record(
    "monitoring.rule",
    model="monitoring.Rule",
    url=rule_url,
    title=rule_title,
    permission="monitoring.view",
    label=_("Rule"),
)
for _kind in rule_kinds().values():
    register_alert_kind(_kind.alert_kind, words=_kind.words, outage=_kind.outage)
