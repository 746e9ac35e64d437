# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class TicketOpened(Event):
    """Somebody, or something, wants work done."""

    client_id: int
    ticket_uid: UUID


@dataclass(frozen=True, slots=True)
class TicketChanged(Event):
    """A ticket is not what it was: its state, its priority, who works on it, what was said."""

    client_id: int
    ticket_uid: UUID


@dataclass(frozen=True, slots=True)
class TicketResolved(Event):
    """The work is done."""

    client_id: int
    ticket_uid: UUID


@dataclass(frozen=True, slots=True)
class TicketReopened(Event):
    """The work was not done after all."""

    client_id: int
    ticket_uid: UUID
