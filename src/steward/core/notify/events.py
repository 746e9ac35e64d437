# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass
from uuid import UUID

from steward.core.events.public import Event


@dataclass(frozen=True, slots=True)
class NobodyReached(Event):
    """An urgent message got through by no way at all. Somebody has to be told otherwise."""

    notice: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class MailBounced(Event):
    """A recipient's server refused a mail for good."""

    notice: UUID
    person_id: int | None


@dataclass(frozen=True, slots=True)
class UrgentMailFailed(Event):
    """The first try to mail an urgent message, or to tell it to a person's own channel, failed; it goes on being tried, but
    not by that way alone."""

    notice: UUID


@dataclass(frozen=True, slots=True)
class HandOverFailed(Event):
    """A try to hand a message over failed, for now or for good, as `outcome` says (later, bounced, refused, no_channel)."""

    notice: UUID
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class InboxChanged(Event):
    """A person was told something in the console (`told`), or has read it there."""

    person: UUID
    told: bool
