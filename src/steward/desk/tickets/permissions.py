# SPDX-License-Identifier: Apache-2.0
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import MANAGERS, STAFF, TECHNICIANS, Permission, Role, register_permissions

DESK: Final = MANAGERS | TECHNICIANS | {Role.DISPATCHER, Role.SECURITY_ANALYST}

register_permissions(
    [
        # Somebody who is only a user at a client sees their own tickets in the portal, not everybody's.
        Permission(
            "tickets.view", _("See tickets and their public words"), STAFF | {Role.CLIENT_ADMIN, Role.CLIENT_APPROVER}
        ),
        Permission("tickets.notes_view", _("See internal notes and all that happened to a ticket"), STAFF),
        Permission("tickets.open", _("Open tickets"), DESK),
        Permission("tickets.work", _("Work on tickets: state, priority, queue, assignee, links"), DESK),
        Permission("tickets.reply", _("Answer the client in public"), DESK),
        Permission("tickets.note", _("Write internal notes"), DESK),
        Permission("tickets.manage", _("Change the queues"), MANAGERS, whole=True),
    ]
)
