# SPDX-License-Identifier: Apache-2.0
"""What alerts add to other rooms' pages."""

from dataclasses import dataclass

from django.urls import reverse

from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel
from steward.desk.tickets.public import Ticket
from steward.estate.assets.public import Asset
from steward.watch.alerts import queries
from steward.watch.alerts.models import Alert, Maintenance

SHOWN = 8


@dataclass(frozen=True, slots=True)
class AssetAlerts:
    """What goes on at an asset, and the stretches of maintenance that run or are to come."""

    alerts: list[Alert]
    count: int
    url: str
    maintenance: list[Maintenance]
    maintenance_url: str


@dataclass(frozen=True, slots=True)
class GoingOn:
    """What goes on, the worst first; `count` is all of it."""

    alerts: list[Alert]
    count: int
    url: str


@panel("assets.asset.side", permission="alerts.view", order=5)
def asset_alerts(request: Request, asset: Asset) -> AssetAlerts:
    """What goes on at an asset."""
    going_on = queries.unresolved().filter(asset=asset).order_by("-opened_at", "-pk")
    found = list(going_on[: SHOWN + 1])
    return AssetAlerts(
        found[:SHOWN],
        len(found) if len(found) <= SHOWN else going_on.count(),
        f"{reverse('alerts.alerts')}?asset={asset.name}",
        list(queries.maintenance_of(asset)[:SHOWN]),
        reverse("alerts.maintenance_new", args=[asset.number]),
    )


@panel("tickets.ticket.side", permission="alerts.view", order=20)
def ticket_alerts(request: Request, ticket: Ticket) -> GoingOn | None:
    """The alerts that opened or joined a ticket, those that go on first."""
    found = queries.alerts().filter(ticket_uid=ticket.uid)
    count = found.count()
    url = f"{reverse('alerts.alerts')}?client={ticket.client.slug}"
    return GoingOn(list(queries.going_on_first(found)[:SHOWN]), count, url) if count else None


@panel("clients.client.side", permission="alerts.view", order=8)
def client_alerts(request: Request, client: Client) -> GoingOn | None:
    """What goes on at a client's."""
    going_on = queries.unresolved().filter(client=client)
    url = f"{reverse('alerts.alerts')}?client={client.slug}&state=open&state=acknowledged"
    count = going_on.count()
    return GoingOn(list(queries.worst_first(going_on)[:SHOWN]), count, url) if count else None


@panel("ui.today.work", permission="alerts.work", order=30)
def alerts_to_do(request: Request, _record: object) -> GoingOn | None:
    """What nobody has seen yet."""
    count = queries.to_do().count()
    url = f"{reverse('alerts.alerts')}?state=open&snoozed=no"
    return GoingOn(list(queries.worst_first(queries.to_do())[:SHOWN]), count, url) if count else None
