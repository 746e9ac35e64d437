# SPDX-License-Identifier: Apache-2.0
"""The list of clients, and of the people at them."""

from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import Kind, Listed, Nav, Request, listed, page
from steward.estate.clients.tables import CLIENTS, CONTACTS


@page(
    "clients/",
    permission="clients.view",
    kind=Kind.LIST,
    title=_("Clients"),
    table=CLIENTS,
    nav=Nav("estate", _("Clients"), icon="building-community", order=10, keys="g c", tab=5),
)
def clients(request: Request) -> Listed:
    """Every client of the scope."""
    return listed(CLIENTS, request)


@page(
    "contacts/",
    permission="clients.view",
    kind=Kind.LIST,
    title=_("Contacts"),
    table=CONTACTS,
    template="ui/list.html",
    parent="clients.clients",
)
def contacts(request: Request) -> Listed:
    """Everybody at the clients of the scope."""
    return listed(CONTACTS, request)
