# SPDX-License-Identifier: Apache-2.0
"""Every write to assets and their relations."""

from collections.abc import Mapping
from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import next_number
from steward.core.tenancy.public import Actor, Client
from steward.estate.assets.events import AssetArchived, AssetCreated, RelationsChanged
from steward.estate.assets.graph import path_between
from steward.estate.assets.models import Asset, AssetKind, AssetState, Relation, RelationKind
from steward.estate.assets.search import index
from steward.estate.clients.public import Contact, Criticality, Site

PREFIX = "A"
# Kinds of relation along which nothing may come back to itself: a machine can't run on its own guest.
WITHOUT_CIRCLES = frozenset({RelationKind.RUNS_ON})


class AssetFields(TypedDict, total=False):
    """What may be said of an asset; what is left out stays as it is."""

    name: str
    kind: str
    state: str
    site: Site | None
    place: str
    criticality: str
    criticality_reason: str
    owner: Contact | None
    vendor: str
    product: str
    serial: str
    purchased_on: date | None
    warranty_until: date | None
    support_until: date | None
    notes: str


@action(permission="assets.edit")
def asset_create(client: Client, *, actor: Actor, **fields: Unpack[AssetFields]) -> Asset:
    """Add an asset; it gets the next number.

    Raises:
        Refused: naming the field: `name` or `kind` missing, a date before the purchase, a site or owner of another client.
    """
    asset = Asset(client=client)
    _fill(asset, fields)
    asset.number = next_number(PREFIX)
    asset.save()
    index(asset)
    audit("assets.asset.create", asset, number=asset.number, asset_kind=asset.kind)
    emit(AssetCreated(client_id=client.pk, asset_id=asset.pk))
    return asset


@action(permission="assets.edit")
def asset_edit(asset: Asset, *, actor: Actor, **fields: Unpack[AssetFields]) -> Asset:
    """Change an asset. Raises Refused as `asset_create`."""
    before = _snapshot(asset)
    _fill(asset, fields)
    asset.save()
    index(asset)
    audit("assets.asset.edit", asset, changed=_changed(before, _snapshot(asset)))
    return asset


@action(permission="assets.archive")
def asset_archive(asset: Asset, *, actor: Actor, reason: str) -> Asset:
    """Look after an asset no longer. Its history and measurements stay.

    Raises:
        Refused: `reason` when empty; the whole while others run on it.
    """
    if not reason.strip():
        raise Refused("reason", _("Say why, so that the next person needn't ask."))
    guests = Relation.objects.filter(target=asset, kind=RelationKind.RUNS_ON, source__archived_at=None).count()
    if guests:
        raise Refused("", _("%(count)s assets run on this one. Move or archive them first.") % {"count": guests})
    if asset.archived_at is None:
        asset.archived_at = timezone.now()
        asset.state = AssetState.RETIRED
        asset.save(update_fields=["archived_at", "state", "changed_at"])
        index(asset)
        audit("assets.asset.archive", asset, reason=reason.strip())
        emit(AssetArchived(client_id=asset.client_id, asset_id=asset.pk))
    return asset


@action(permission="assets.archive")
def asset_restore(asset: Asset, *, actor: Actor) -> Asset:
    """Look after an archived asset again."""
    if asset.archived_at is not None:
        asset.archived_at = None
        asset.state = AssetState.IN_SERVICE
        asset.save(update_fields=["archived_at", "state", "changed_at"])
        index(asset)
        audit("assets.asset.restore", asset)
    return asset


@action(permission="assets.discover")
def asset_discovered(asset: Asset, *, actor: Actor, vendor: str, product: str, serial: str, virtual: bool) -> Asset:
    """Note what was found on a machine, where nothing was documented yet. What a person wrote is never overwritten."""
    found = {"vendor": vendor, "product": product, "serial": serial}
    fields = {name: value[:256] for name, value in found.items() if value and not getattr(asset, name)}
    if asset.kind == AssetKind.OTHER:
        fields["kind"] = AssetKind.VIRTUAL_SERVER if virtual else AssetKind.PHYSICAL_SERVER
    if fields:
        for name, value in fields.items():
            setattr(asset, name, value)
        asset.save(update_fields=[*fields, "changed_at"])
        index(asset)
        audit("assets.asset.discover", asset, found=fields)
    return asset


@action(permission="assets.edit")
def relation_add(source: Asset, *, actor: Actor, kind: str, target: Asset, notes: str = "") -> Relation:
    """Note that `source` runs on, depends on, backs up or protects `target`.

    Raises:
        Refused: `target` for the asset itself, another client's, one related so already, or when a circle of `runs_on` would close;
            `kind` when unknown.
    """
    if kind not in RelationKind.values:
        raise Refused("kind", _("Choose one of those offered."))
    if source.pk == target.pk:
        raise Refused("target", _("An asset can't hang on itself. Choose another one."))
    if source.client_id != target.client_id:
        raise Refused("target", _("Choose an asset of the same client."))
    _refuse_circle(source, RelationKind(kind), target)
    relation = Relation(
        client=source.client, source=source, target=target, kind=kind, notes=" ".join(notes.split())[:300]
    )
    try:
        with transaction.atomic():
            relation.save()
    except IntegrityError as double:
        raise Refused("target", _("This relation is noted already.")) from double
    audit("assets.relation.add", relation, relation=kind, source=source.number, target=target.number)
    emit(RelationsChanged(client_id=source.client_id, asset_id=source.pk))
    return relation


@action(permission="assets.edit")
def relation_edit(relation: Relation, *, actor: Actor, notes: str) -> Relation:
    """Change what is noted about a relation."""
    relation.notes = " ".join(notes.split())[:300]
    relation.save(update_fields=["notes"])
    audit("assets.relation.edit", relation, relation=relation.kind)
    return relation


@action(permission="assets.edit")
def relation_remove(relation: Relation, *, actor: Actor) -> None:
    """Forget a relation."""
    audit(
        "assets.relation.remove",
        relation,
        relation=relation.kind,
        source=relation.source.number,
        target=relation.target.number,
    )
    emit(RelationsChanged(client_id=relation.client_id, asset_id=relation.source_id))
    relation.delete()


def _refuse_circle(source: Asset, kind: RelationKind, target: Asset) -> None:
    if kind not in WITHOUT_CIRCLES:
        return
    with connection.cursor() as cursor:
        # One at a time for a client: two halves of a circle drawn at once would not see each other.
        cursor.execute("select pg_advisory_xact_lock(hashtext('assets.relation'), %s)", [source.client_id])
    edges = Relation.objects.filter(client_id=source.client_id, kind=kind).values_list("source_id", "target_id")
    way = path_between(edges, target.pk, source.pk)
    if way:
        names = dict(Asset.objects.filter(pk__in=way).values_list("pk", "name"))
        circle = " → ".join(names[each] for each in way)
        raise Refused(
            "target", _("That would be a circle: %(way)s. Take one of these relations away first.") % {"way": circle}
        )


def _fill(asset: Asset, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        setattr(asset, name, " ".join(value.split()) if isinstance(value, str) and name != "notes" else value)
    if not asset.name:
        raise Refused("name", _("Give it the name people know it by."))
    _refuse_unknown(asset)
    _refuse_foreign(asset)
    if asset.purchased_on and asset.warranty_until and asset.warranty_until < asset.purchased_on:
        raise Refused("warranty_until", _("The warranty can't end before the purchase. Correct one of the two dates."))
    try:
        asset.clean_fields(exclude=["client", "number", "site", "owner"])
    except ValidationError as wrong:
        field, messages = next(iter(wrong.message_dict.items()))
        raise Refused(field, messages[0]) from None


def _refuse_unknown(asset: Asset) -> None:
    for field, known in (("kind", AssetKind.values), ("state", AssetState.values), ("criticality", Criticality.values)):
        if getattr(asset, field) not in known:
            raise Refused(field, _("Choose one of those offered."))


def _refuse_foreign(asset: Asset) -> None:
    if asset.site is not None and asset.site.client_id != asset.client_id:
        raise Refused("site", _("Choose a site of the same client."))
    if asset.owner is not None and asset.owner.client_id != asset.client_id:
        raise Refused("owner", _("Choose a contact of the same client."))


_UNCHANGING = {"id", "uid", "client", "number", "created_at", "changed_at", "notes"}
_FIELDS = tuple(field.attname for field in Asset._meta.concrete_fields if field.name not in _UNCHANGING)


def _snapshot(asset: Asset) -> dict[str, Any]:
    return {field: getattr(asset, field) for field in _FIELDS} | {"notes": hash(asset.notes)}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    changed = {field: [before[field], value] for field, value in after.items() if before[field] != value}
    if "notes" in changed:
        changed["notes"] = []
    return changed
