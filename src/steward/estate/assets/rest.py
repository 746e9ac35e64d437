# SPDX-License-Identifier: Apache-2.0
"""Assets and their relations for programs: the same actions and list as the pages."""

from datetime import date
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.rest.public import endpoint, router
from steward.core.tenancy.public import Client
from steward.core.ui.public import acting, list_endpoint
from steward.estate.assets import queries
from steward.estate.assets.actions import (
    asset_archive,
    asset_create,
    asset_edit,
    asset_restore,
    relation_add,
    relation_remove,
)
from steward.estate.assets.models import Asset, AssetState, Relation
from steward.estate.assets.tables import ASSETS
from steward.estate.clients.public import Criticality

api: Router = router("assets", label=_("Assets"))
list_endpoint(api, "", ASSETS, permission="assets.view")


class AssetIn(Schema):
    """What may be said of an asset."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(max_length=253)
    kind: str = Field(max_length=16)
    state: str = Field(AssetState.IN_SERVICE.value, max_length=10)
    site: UUID | None = None
    place: str = Field("", max_length=120)
    criticality: str = Field(Criticality.MEDIUM.value, max_length=8)
    criticality_reason: str = Field("", max_length=300)
    owner: UUID | None = None
    vendor: str = Field("", max_length=256)
    product: str = Field("", max_length=256)
    serial: str = Field("", max_length=256)
    purchased_on: date | None = None
    warranty_until: date | None = None
    support_until: date | None = None
    notes: str = Field("", max_length=20_000)


class NewAssetIn(AssetIn):
    """A new asset of a client, which is named by its slug."""

    client: str = Field(max_length=40)


class AssetOut(AssetIn):
    """An asset."""

    uid: UUID
    number: str
    client: str
    archived: bool


class AssetReasonIn(Schema):
    """Why something is done."""

    reason: str = Field(max_length=300)


class RelationIn(Schema):
    """What an asset hangs on: the other asset by its uid."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=10)
    target: UUID
    notes: str = Field("", max_length=300)


class RelationOut(Schema):
    """A relation between two assets."""

    uid: UUID
    kind: str
    source: UUID
    target: UUID
    notes: str


@api.post("", response={201: AssetOut})
@endpoint(permission="assets.edit")
def asset_post(request: HttpRequest, body: NewAssetIn) -> Status[AssetOut]:
    """Add an asset."""
    client = queries.open_clients().filter(slug=body.client).first()
    if client is None:
        raise Refused("client", _("No client is called so, or it is archived."))
    made = asset_create(client, actor=acting(), **_values(client, body))
    return Status(201, _out(queries.asset_of_uid(made.uid)))


@api.get("/{uuid:uid}", response=AssetOut)
@endpoint(permission="assets.view")
def asset_get(request: HttpRequest, uid: UUID) -> AssetOut:
    """One asset."""
    return _out(queries.asset_of_uid(uid))


@api.put("/{uuid:uid}", response=AssetOut)
@endpoint(permission="assets.edit")
def asset_put(request: HttpRequest, uid: UUID, body: AssetIn) -> AssetOut:
    """Change an asset; what is left out gets its default."""
    found = queries.asset_of_uid(uid)
    asset_edit(found, actor=acting(), **_values(found.client, body))
    return _out(queries.asset_of_uid(uid))


@api.post("/{uuid:uid}/archive", response=AssetOut)
@endpoint(permission="assets.archive")
def asset_archive_post(request: HttpRequest, uid: UUID, body: AssetReasonIn) -> AssetOut:
    """Look after an asset no longer."""
    return _out(asset_archive(queries.asset_of_uid(uid), actor=acting(), reason=body.reason))


@api.post("/{uuid:uid}/restore", response=AssetOut)
@endpoint(permission="assets.archive")
def asset_restore_post(request: HttpRequest, uid: UUID) -> AssetOut:
    """Look after an archived asset again."""
    return _out(asset_restore(queries.asset_of_uid(uid), actor=acting()))


@api.get("/{uuid:uid}/relations", response=list[RelationOut])
@endpoint(permission="assets.view")
def relations_get(request: HttpRequest, uid: UUID) -> list[RelationOut]:
    """What an asset hangs on, and what hangs on it."""
    return [_relation(each) for each in queries.relations_of(queries.asset_of_uid(uid))]


@api.post("/{uuid:uid}/relations", response={201: RelationOut})
@endpoint(permission="assets.edit")
def relation_post(request: HttpRequest, uid: UUID, body: RelationIn) -> Status[RelationOut]:
    """Note what an asset hangs on."""
    source = queries.asset_of_uid(uid)
    target = queries.assets().filter(uid=body.target).first()
    if target is None:
        raise Refused("target", _("Choose an asset of the same client."))
    return Status(201, _relation(relation_add(source, actor=acting(), kind=body.kind, target=target, notes=body.notes)))


@api.delete("/{uuid:uid}/relations/{uuid:relation}", response={204: None})
@endpoint(permission="assets.edit")
def relation_delete(request: HttpRequest, uid: UUID, relation: UUID) -> Status[None]:
    """Forget a relation."""
    relation_remove(queries.relation(queries.asset_of_uid(uid), relation), actor=acting())
    return Status(204, None)


def _values(client: Client, body: AssetIn) -> dict[str, Any]:
    values = body.dict(exclude={"client"})
    values["site"] = queries.sites_for(client).filter(uid=body.site).first() if body.site else None
    values["owner"] = queries.owners_for(client).filter(uid=body.owner).first() if body.owner else None
    if body.site and values["site"] is None:
        raise Refused("site", _("Choose a site of the same client."))
    if body.owner and values["owner"] is None:
        raise Refused("owner", _("Choose a contact of the same client."))
    return values


def _out(asset: Asset) -> AssetOut:
    own = {field: getattr(asset, field) for field in AssetIn.model_fields if field not in {"site", "owner"}}
    return AssetOut(
        uid=asset.uid, number=asset.number, client=asset.client.slug, archived=asset.archived_at is not None,
        site=asset.site.uid if asset.site else None, owner=asset.owner.uid if asset.owner else None, **own,
    )  # fmt: skip


def _relation(relation: Relation) -> RelationOut:
    return RelationOut(
        uid=relation.uid,
        kind=relation.kind,
        source=relation.source.uid,
        target=relation.target.uid,
        notes=relation.notes,
    )
