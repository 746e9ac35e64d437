# SPDX-License-Identifier: Apache-2.0
"""Topics of live updates: what changed, never how. A reader who is told asks anew, with their own rights.

"c.<client's uid>.<kind>.<record's uid, or *>" is about a client; "p.<person's uid>.<kind>.<uid or *>" about one's own things."""

from dataclasses import dataclass
from uuid import UUID

from steward.core.identity.public import User
from steward.core.records.public import Statements, UnknownKind, record_kind
from steward.core.tenancy.public import Client

CHANNEL = "steward_live"
ANY = "*"
statements = Statements("steward.core.ui")
_permissions: dict[str, str] = {}


class BadTopic(ValueError):
    """A topic that is not written as one."""


@dataclass(frozen=True, slots=True)
class Topic:
    """A parsed topic: whose ("c" a client's, "p" a person's), the owner's uid, the kind, the record's uid or "*"."""

    whose: str
    owner: UUID
    kind: str
    record: str

    @classmethod
    def parse(cls, text: str) -> "Topic":
        """Raises BadTopic."""
        parts = text.split(".")
        if len(text) > 200 or len(parts) < 4 or parts[0] not in ("c", "p"):
            raise BadTopic(text[:60])
        whose, owner, *kind, record = parts
        try:
            return cls(whose, UUID(owner), ".".join(kind), record if record == ANY else str(UUID(record)))
        except ValueError as bad:
            raise BadTopic(text[:60]) from bad

    def __str__(self) -> str:
        return f"{self.whose}.{self.owner}.{self.kind}.{self.record}"

    @property
    def of_any(self) -> "Topic":
        """The topic of every record of the kind."""
        return Topic(self.whose, self.owner, self.kind, ANY)


def register_topic(kind: str, *, permission: str) -> None:
    """Declare a kind of topic that is no kind of record, and what its readers must hold."""
    _permissions[kind] = permission


def topic_permission(kind: str) -> str | None:
    """What a reader of a client's topics of `kind` must hold; None for a kind that nobody declared."""
    if kind in _permissions:
        return _permissions[kind]
    try:
        return record_kind(kind).permission
    except UnknownKind:
        return None


def topic(client: Client, kind: str, record: UUID | str = ANY) -> str:
    """The topic of a record of a client, or of all its records of a kind."""
    return str(Topic("c", client.uid, kind, str(record)))


def person_topic(person: User, kind: str, record: UUID | str = ANY) -> str:
    """The topic of a person's own record."""
    return str(Topic("p", person.uid, kind, str(record)))


def notify_live(told: str) -> None:
    """Tell whoever looks at `told` that it changed, when this transaction commits. Ids only travel."""
    Topic.parse(told)
    statements.rows("tell", channel=CHANNEL, topic=told)
