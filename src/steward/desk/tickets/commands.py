# SPDX-License-Identifier: Apache-2.0
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.core.ui.public import command

command(_("Open a ticket"), url=lambda: reverse("tickets.ticket_new"), permission="tickets.open", icon="ticket")
command(
    _("See the board of tickets"), url=lambda: reverse("tickets.board"), permission="tickets.view", icon="layout-kanban"
)
command(
    _("See my tickets"),
    url=lambda: f"{reverse('tickets.tickets')}?open=yes&assignee=me",
    permission="tickets.work",
    icon="ticket",
)
