# SPDX-License-Identifier: Apache-2.0
"""Every alert."""

from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import Kind, Listed, Nav, Request, listed, page
from steward.watch.alerts.tables import ALERTS


@page(
    "alerts/",
    permission="alerts.view",
    kind=Kind.LIST,
    title=_("Alerts"),
    table=ALERTS,
    template="ui/list.html",
    nav=Nav("watch", _("Alerts"), icon="alert-triangle", order=10, keys="g l"),
)
def alerts(request: Request) -> Listed:
    """What was noticed."""
    return listed(ALERTS, request)
