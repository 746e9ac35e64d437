# SPDX-License-Identifier: Apache-2.0
"""Every read of assets and their relations."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from steward.core.tenancy.public import Client
from steward.estate.assets.graph import Dependencies
from steward.estate.assets.models import Asset, Relation, RelationKind
from steward.estate.clients.public import Contact, Criticality, Site

# By these trouble spreads from the target to the source.
HANGS: Final = (RelationKind.RUNS_ON, RelationKind.DEPENDS_ON)
DEPTH: Final = 8


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
    return assets().filter(relations_out__target=asset, relations_out__kind__in=HANGS, archived_at=None).distinct()


def dependencies_above(asset_ids: Collection[int]) -> Dependencies:
    """What these assets run on or depend on, up to eight steps away. A query for each step, whatever the number of assets."""
    return Dependencies(_steps(asset_ids, "source_id", "target_id"))


def dependencies_below(asset_ids: Collection[int]) -> Dependencies:
    """What runs on these assets or depends on them, up to eight steps away; from each to what it hangs on, too."""
    return Dependencies(_steps(asset_ids, "target_id", "source_id"))


def _steps(start: Collection[int], near: str, far: str) -> dict[int, list[int]]:
    known, edge = set(start), set(start)
    found: dict[int, list[int]] = {}
    for _step in range(DEPTH):
        rows = Relation.objects.filter(**{f"{near}__in": edge}, kind__in=HANGS).order_by("pk")
        pairs = list(rows.values_list("source_id", "target_id", far))
        for source, target, _far in pairs:
            found.setdefault(source, []).append(target)
        edge = {reached for *_pair, reached in pairs} - known
        if not edge:
            break
        known |= edge
    return found


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
