# SPDX-License-Identifier: Apache-2.0
"""Every write to clients, their sites and contacts."""

from steward.estate.clients.actions.clients import client_archive, client_create, client_edit, client_restore
from steward.estate.clients.actions.contacts import contact_archive, contact_create, contact_edit, contact_erase
from steward.estate.clients.actions.sites import site_archive, site_create, site_edit

__all__ = [
    "client_archive",
    "client_create",
    "client_edit",
    "client_restore",
    "contact_archive",
    "contact_create",
    "contact_edit",
    "contact_erase",
    "site_archive",
    "site_create",
    "site_edit",
]
