# SPDX-License-Identifier: Apache-2.0
"""The door of clients."""

from steward.estate.clients.actions import client_create
from steward.estate.clients.events import ClientArchived, ClientCreated, ContactErased, SiteArchived
from steward.estate.clients.models import ClientProfile, Contact, ContactRole, Criticality, Site
from steward.estate.clients.ordering import by_criticality

__all__ = [
    "ClientArchived",
    "ClientCreated",
    "ClientProfile",
    "Contact",
    "ContactErased",
    "ContactRole",
    "Criticality",
    "Site",
    "SiteArchived",
    "by_criticality",
    "client_create",
]
