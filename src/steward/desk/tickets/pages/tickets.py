# SPDX-License-Identifier: Apache-2.0
"""The list of tickets: what breaks first before the rest."""

from django.utils.translation import gettext_lazy

from steward.core.ui.public import Kind, Listed, Nav, Request, listed, page
from steward.desk.tickets.tables import TICKETS


@page(
    "tickets/",
    permission="tickets.view",
    kind=Kind.LIST,
    title=gettext_lazy("Tickets"),
    table=TICKETS,
    nav=Nav("desk", gettext_lazy("Tickets"), icon="ticket", order=5, keys="g i", tab=2),
)
def tickets(request: Request) -> Listed:
    """Every ticket."""
    return listed(TICKETS, request)
