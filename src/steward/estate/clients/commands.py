# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(
    _("Add a client"), url=lambda: reverse("clients.client_new"), permission="clients.create", icon="building-community"
)
command(
    _("Find somebody at a client"), url=lambda: reverse("clients.contacts"), permission="clients.view", icon="users"
)
