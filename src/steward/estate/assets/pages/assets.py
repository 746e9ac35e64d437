# SPDX-License-Identifier: Apache-2.0
"""The list of assets."""

from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import Kind, Listed, Nav, Request, listed, page
from steward.estate.assets.tables import ASSETS


@page(
    "assets/",
    permission="assets.view",
    kind=Kind.LIST,
    title=_("Assets"),
    table=ASSETS,
    nav=Nav("estate", _("Assets"), icon="server-2", order=20, keys="g a", tab=4),
)
def assets(request: Request) -> Listed:
    """Every asset of the scope."""
    return listed(ASSETS, request)
