# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.records.public import register_record
from steward.core.ui.public import register_topic
from steward.estate.assets.models import Asset


def asset_url(asset: Asset) -> str:
    """An asset's page."""
    return reverse("assets.asset", args=[asset.number])


register_record(
    "assets.asset", model="assets.Asset", url=asset_url, title=str, permission="assets.view", label=_("Asset")
)
register_topic("assets.metrics", permission="assets.view")
