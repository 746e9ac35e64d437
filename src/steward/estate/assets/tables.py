# SPDX-License-Identifier: Apache-2.0
"""The list of assets: one definition for page, API, files and saved views."""

from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Actor
from steward.core.ui.public import (
    BoolFilter,
    Bulk,
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    DateFilter,
    Empty,
    Table,
    View,
    client_column,
)
from steward.estate.assets import queries
from steward.estate.assets.actions import asset_archive
from steward.estate.assets.models import Asset, AssetKind, AssetState
from steward.estate.assets.records import asset_url
from steward.estate.clients.public import Criticality, by_criticality


def archive_many(rows: list[Asset], *, actor: Actor) -> Any:
    """Archive what was selected."""
    for each in rows:
        asset_archive(each, actor=actor, reason="selected in the list")
    return _("%(count)s assets were archived.") % {"count": len(rows)}


def _where(asset: Asset) -> str:
    return ", ".join(each for each in (asset.site.name if asset.site else "", asset.place) if each)


ASSETS = Table(
    name="assets.assets",
    label=_("assets"),
    rows=queries.assets,
    url=asset_url,
    sort="name",
    search=("name", "number", "serial", "product"),
    search_words=_("Filter these assets"),
    columns=[
        Column(
            "criticality",
            _("Criticality"),
            kind=CellKind.SEVERITY,
            css="prio",
            text=lambda row: Criticality(row.criticality).label,
            sort=[by_criticality(), Lower("name")],
        ),
        Column("name", _("Asset"), kind=CellKind.LINK, sort=Lower("name"), number=lambda row: row.number, sub=_where),
        client_column(
            sort=[Lower("client__name"), Lower("name")],
            link=lambda row: reverse("clients.client", args=[row.client.slug]),
        ),
        Column("kind", _("Kind"), css="meta", text=lambda row: AssetKind(row.kind).label, sort=["kind", Lower("name")]),
        Column(
            "state",
            _("State"),
            kind=CellKind.STATE,
            css="state",
            text=lambda row: AssetState(row.state).label,
            sort=["state", Lower("name")],
        ),
        Column("site", _("Site"), value="site.name", wide_only=True),
        Column("owner", _("Owner"), value="owner.name", kind=CellKind.PERSON, wide_only=True),
        Column("product", _("Product"), text=lambda row: f"{row.vendor} {row.product}".strip(), wide_only=True),
        Column("serial", _("Serial number"), kind=CellKind.CODE, wide_only=True),
        Column("support_until", _("Supported until"), sort="support_until", wide_only=True),
    ],
    filters=[
        ClientFilter(),
        ChoiceFilter("kind", _("Kind"), choices=AssetKind.choices),
        ChoiceFilter("state", _("State"), choices=AssetState.choices),
        ChoiceFilter("criticality", _("Criticality"), choices=Criticality.choices),
        DateFilter("added", _("Added"), field="created_at"),
        BoolFilter("archived", _("Archived"), condition=Q(archived_at__isnull=False)),
    ],
    views=[
        View("in-service", _("In service"), "archived=no&state=in_service"),
        View("critical", _("Critical"), "archived=no&criticality=critical"),
    ],
    bulk=[
        Bulk(
            "archive",
            _("Archive"),
            permission="assets.archive",
            run=archive_many,
            icon="archive",
            confirm=_("Archive the selected assets?"),
        )
    ],
    empty=Empty(
        title=_("No assets yet"),
        text=_(
            "Here stands what your clients' work runs on: servers, devices, software. A machine that is enrolled appears by itself."
        ),
        icon="server-2",
        action=_("Add an asset"),
        action_url=reverse_lazy("assets.asset_new"),  # type: ignore[arg-type]  # a lazy string, made when a page is shown
        action_permission="assets.edit",
    ),
)
