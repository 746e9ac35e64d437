# SPDX-License-Identifier: Apache-2.0
"""The list of assets."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import Kind, Nav, Request, TableView, page, table_view
from steward.estate.assets.tables import ASSETS


@dataclass(frozen=True, slots=True)
class Assets:
    """The list."""

    table: TableView


@page(
    "assets/",
    permission="assets.view",
    kind=Kind.LIST,
    title=_("Assets"),
    table=ASSETS,
    nav=Nav("estate", _("Assets"), icon="server-2", order=20, keys="g a", tab=True),
)
def assets(request: Request) -> Assets:
    """Every asset of the scope."""
    return Assets(table_view(ASSETS, request))
