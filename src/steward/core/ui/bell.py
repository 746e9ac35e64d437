# SPDX-License-Identifier: Apache-2.0
"""The bell in the top line: how much a person has not read."""

from dataclasses import dataclass
from uuid import UUID

from steward.core.identity.public import User
from steward.core.notify.public import unread_count
from steward.core.ui.topics import ANY, Topic

KIND, TOLD = "notify.inbox", "notify.told"
MOST_SHOWN = 99


@dataclass(frozen=True, slots=True)
class Bell:
    """What the bell shows, and the topic on which it is told to count anew."""

    unread: int
    topic: str

    @property
    def figure(self) -> str:
        """The figure on the bell; "" when everything was read."""
        return f"{MOST_SHOWN}+" if self.unread > MOST_SHOWN else str(self.unread or "")


def inbox_topic(person: UUID) -> str:
    """The topic of everything that a person, by their uid, is told in the console."""
    return str(Topic("p", person, KIND, ANY))


def told_topic(person: UUID) -> str:
    """The topic of what is new there, which reading does not touch."""
    return str(Topic("p", person, TOLD, ANY))


def bell_of(person: User) -> Bell:
    """The bell of the person who asks."""
    return Bell(unread_count(person.pk), inbox_topic(person.uid))
