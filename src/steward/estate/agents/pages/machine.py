# SPDX-License-Identifier: Apache-2.0
"""What an asset's machine says of itself: two tabs on the asset's pages."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import (
    CellKind,
    ChoiceFilter,
    Column,
    Empty,
    Kind,
    Request,
    Table,
    TableView,
    TextFilter,
    page,
    table_view,
)
from steward.estate.agents import queries
from steward.estate.agents.history import CHANGE_WORDS, SECTION_WORDS, change_words
from steward.estate.agents.models import Inventory
from steward.estate.assets.public import Asset, AssetFrame, asset, asset_frame

SHOWN_PACKAGES = 200


@dataclass(frozen=True, slots=True)
class Software:
    """A machine's inventory. `packages` is what the search left, at most SHOWN_PACKAGES of `found`."""

    title: str
    frame: AssetFrame
    asset: Asset
    inventory: Inventory | None
    q: str
    packages: list[tuple[str, str, str]]
    found: int
    count: int
    manager: str


@dataclass(frozen=True, slots=True)
class History:
    """What changed on a machine."""

    title: str
    frame: AssetFrame
    asset: Asset
    table: TableView


@page(
    "assets/<str:number>/inventory/",
    permission="agents.view",
    kind=Kind.RECORD,
    title=_("Inventory"),
    parent="assets.asset",
)
def inventory(request: Request, number: str) -> Software:
    """What a machine is made of."""
    found = asset(number)
    known = queries.inventory_of_asset(found)
    installed = [tuple(each) for each in (known.packages or {}).get("installed", [])] if known is not None else []
    q = request.GET.get("q", "").strip()[:100]
    fitting = [each for each in installed if q.lower() in each[0].lower()]
    manager = (known.packages or {}).get("manager", "") if known is not None else ""
    return Software(
        found.name,
        asset_frame(request, found),
        found,
        known,
        q,
        fitting[:SHOWN_PACKAGES],
        len(fitting),
        len(installed),
        manager,
    )


@page(
    "assets/<str:number>/history/",
    permission="agents.view",
    kind=Kind.RECORD,
    title=_("History"),
    parent="assets.asset",
)
def history(request: Request, number: str) -> History:
    """What changed on a machine, newest first."""
    found = asset(number)
    return History(found.name, asset_frame(request, found), found, table_view(_changes(found), request))


def _changes(of: Asset) -> Table:
    return Table(
        name="agents.changes",
        label=_("changes"),
        rows=lambda: queries.changes_of_asset(of),
        sort="-at",
        search=("path", "before", "after"),
        search_words=_("Filter these changes"),
        columns=[
            Column("at", _("Found"), kind=CellKind.TIME, sort=["at", "id"], descending_first=True),
            Column("section", _("Part"), text=lambda row: SECTION_WORDS.get(row.section, row.section)),
            Column("change", _("Change"), value="kind", text=change_words, css="sub"),
            Column("before", _("Before"), kind=CellKind.CODE),
            Column("after", _("After"), kind=CellKind.CODE),
        ],
        filters=[
            ChoiceFilter("section", _("Part"), choices=list(SECTION_WORDS.items())),
            ChoiceFilter("kind", _("Change"), choices=list(CHANGE_WORDS.items())),
            TextFilter("path", _("What")),
        ],
        empty=Empty(
            title=_("Nothing has changed yet"),
            text=_(
                "Each inventory is compared with the one before: packages, hardware, addresses, the system. What differs stands here."
            ),
            icon="history",
        ),
    )
