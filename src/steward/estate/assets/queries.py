# SPDX-License-Identifier: Apache-2.0
"""Every read of assets and their relations."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from steward.core.tenancy.public import Client
from steward.estate.assets.models import Asset, Relation, RelationKind
from steward.estate.clients.public import Contact, Criticality, Site


@dataclass(frozen=True, slots=True)
class ClientFigures:
    """How many assets a client has in service, and how many of them by criticality."""

    assets: int
    critical: int
    high: int


def assets() -> QuerySet[Asset]:
    """All assets of the scope, with what a line shows."""
    return Asset.objects.select_related("client", "site", "owner")


def asset(number: str) -> Asset:
    """One asset by its number. Raises Asset.DoesNotExist."""
    return assets().get(number=number)


def asset_of_uid(uid: UUID) -> Asset:
    """One asset. Raises Asset.DoesNotExist."""
    return assets().get(uid=uid)


def assets_of(client: Client) -> QuerySet[Asset]:
    """A client's assets that are looked after."""
    return assets().filter(client=client, archived_at=None)


def figures_of(client: Client) -> ClientFigures:
    """A client's assets, counted."""
    found = assets_of(client).aggregate(
        assets=Count("pk"),
        critical=Count("pk", filter=Q(criticality=Criticality.CRITICAL)),
        high=Count("pk", filter=Q(criticality=Criticality.HIGH)),
    )
    return ClientFigures(**found)


def relations_of(asset: Asset) -> QuerySet[Relation]:
    """What an asset hangs on, and what hangs on it."""
    return (
        Relation.objects.filter(Q(source=asset) | Q(target=asset))
        .select_related("source", "target")
        .order_by("kind", "target__name", "source__name")
    )


def relation(asset: Asset, uid: UUID) -> Relation:
    """One relation that an asset takes part in. Raises Relation.DoesNotExist."""
    return relations_of(asset).get(uid=uid)


def hanging_on(asset: Asset) -> QuerySet[Asset]:
    """What stops when this asset does, directly: what runs on it or depends on it."""
    kinds = (RelationKind.RUNS_ON, RelationKind.DEPENDS_ON)
    return assets().filter(relations_out__target=asset, relations_out__kind__in=kinds, archived_at=None).distinct()


def related_choices(asset: Asset) -> QuerySet[Asset]:
    """What an asset may be related to."""
    return assets_of(asset.client).exclude(pk=asset.pk).order_by("name")


def sites_for(client: Client) -> QuerySet[Site]:
    """Where a client's asset may stand."""
    return Site.objects.filter(client=client, archived_at=None)


def owners_for(client: Client) -> QuerySet[Contact]:
    """Who may own a client's asset."""
    return Contact.objects.filter(client=client, archived_at=None)


def open_clients() -> QuerySet[Client]:
    """Clients that assets may be added to."""
    return Client.objects.filter(state=Client.State.ACTIVE)
