# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Add an asset"), url=lambda: reverse("assets.asset_new"), permission="assets.edit", icon="server-2")
