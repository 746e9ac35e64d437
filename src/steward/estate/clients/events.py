# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class ClientCreated(Event):
    """A client was taken on."""

    client_id: int


@dataclass(frozen=True, slots=True)
class ClientArchived(Event):
    """A client was put away."""

    client_id: int


@dataclass(frozen=True, slots=True)
class SiteArchived(Event):
    """A site was given up."""

    client_id: int
    site_id: int


@dataclass(frozen=True, slots=True)
class ContactErased(Event):
    """A contact's personal data were erased; copies elsewhere go too."""

    client_id: int
    contact_id: int
