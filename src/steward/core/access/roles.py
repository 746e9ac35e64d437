# SPDX-License-Identifier: Apache-2.0
"""The roles, and the groups of them that permissions are given to by default."""

from enum import StrEnum
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Role(StrEnum):
    """What somebody is for the MSP or for a client. A person may hold several of one side."""

    OWNER = "owner"
    SERVICE_MANAGER = "service_manager"
    DISPATCHER = "dispatcher"
    TECHNICIAN_L1 = "technician_l1"
    TECHNICIAN_L2 = "technician_l2"
    TECHNICIAN_L3 = "technician_l3"
    SECURITY_ANALYST = "security_analyst"
    BILLING = "billing"
    AUDITOR = "auditor"
    CLIENT_ADMIN = "client_admin"
    CLIENT_APPROVER = "client_approver"
    CLIENT_USER = "client_user"

    @property
    def label(self) -> Promise | str:
        """The role's name, in the reader's language."""
        return LABELS[self]

    @property
    def of_staff(self) -> bool:
        """Whether the role belongs to the MSP's side."""
        return self not in CLIENT_SIDE


LABELS: Final[dict[Role, Promise | str]] = {
    Role.OWNER: _("Owner"),
    Role.SERVICE_MANAGER: _("Service manager"),
    Role.DISPATCHER: _("Dispatcher"),
    Role.TECHNICIAN_L1: _("Technician L1"),
    Role.TECHNICIAN_L2: _("Technician L2"),
    Role.TECHNICIAN_L3: _("Technician L3"),
    Role.SECURITY_ANALYST: _("Security analyst"),
    Role.BILLING: _("Billing"),
    Role.AUDITOR: _("Auditor"),
    Role.CLIENT_ADMIN: _("Client administrator"),
    Role.CLIENT_APPROVER: _("Client approver"),
    Role.CLIENT_USER: _("Client user"),
}

CLIENT_SIDE: Final = frozenset({Role.CLIENT_ADMIN, Role.CLIENT_APPROVER, Role.CLIENT_USER})
STAFF: Final = frozenset(Role) - CLIENT_SIDE
TECHNICIANS: Final = frozenset({Role.TECHNICIAN_L1, Role.TECHNICIAN_L2, Role.TECHNICIAN_L3})
MANAGERS: Final = frozenset({Role.OWNER, Role.SERVICE_MANAGER})
EVERYBODY: Final = frozenset(Role)
