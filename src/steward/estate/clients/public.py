# SPDX-License-Identifier: Apache-2.0
"""The door of clients."""

from steward.estate.clients.models import ClientProfile, Contact, Criticality, Site

__all__ = ["ClientProfile", "Contact", "Criticality", "Site"]
