# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import EVERYBODY, MANAGERS, STAFF, TECHNICIANS, Permission, Role, register_permissions

DESK = MANAGERS | TECHNICIANS | {Role.DISPATCHER}

register_permissions(
    [
        Permission("clients.view", _("See clients, their sites and contacts"), EVERYBODY),
        Permission("clients.create", _("Take on a client"), MANAGERS),
        Permission("clients.edit", _("Change what is known about a client, its sites and contacts"), DESK),
        Permission("clients.archive", _("Archive clients, sites and contacts"), MANAGERS),
        Permission("clients.notes_view", _("Read the notes about clients"), STAFF),
        Permission("clients.erase", _("Erase a contact's personal data"), MANAGERS),
    ]
)
