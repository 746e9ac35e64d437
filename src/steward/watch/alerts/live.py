# SPDX-License-Identifier: Apache-2.0
"""Word to open pages that alerts changed."""

from collections.abc import Sequence
from typing import Final

from steward.core.ui.public import notify_live, topic
from steward.watch.alerts.models import Alert

KIND: Final = "alerts.alert"
ONE_BY_ONE: Final = (
    20  # more at once are told as all of their clients' alerts: thousands of words would reach every reader
)


def tell_pages(alerts: Sequence[Alert]) -> None:
    """Tell whoever looks at these alerts, with the open transaction."""
    if len(alerts) <= ONE_BY_ONE:
        told = {topic(each.client, KIND, each.uid) for each in alerts}
    else:
        told = {topic(each.client, KIND) for each in alerts}
    for each in sorted(told):
        notify_live(each)
