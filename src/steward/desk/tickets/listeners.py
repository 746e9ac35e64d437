# SPDX-License-Identifier: Apache-2.0
"""What tickets can do at a threshold of a policy."""

from django.utils.translation import gettext_lazy as _

from steward.desk.tickets import warnings
from steward.promises.sla.public import register_threshold_action

register_threshold_action(
    "notify_assignee",
    label=_("Tell the assignee"),
    help=_("Whoever works on the ticket is told; dispatchers, else managers, while nobody does."),
    run=warnings.notify_assignee,
)
register_threshold_action(
    "raise_tier",
    label=_("Raise the tier"),
    help=_("The ticket moves to the next tier, up to the third."),
    run=warnings.raise_tier,
)
register_threshold_action(
    "page_on_call",
    label=_("Page whoever is on call"),
    help=_("By the default escalation, once for each promise and threshold."),
    run=warnings.page_on_call,
)
register_threshold_action(
    "tell_service_manager",
    label=_("Tell the service manager"),
    help=_("Those who manage the service and see the client; the owner where nobody does."),
    run=warnings.tell_service_manager,
)
