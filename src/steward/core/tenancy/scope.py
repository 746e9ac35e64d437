# SPDX-License-Identifier: Apache-2.0
"""The scope: who acts, and for which clients. Opened at the edges only: a request, a job, an agent's message, a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Literal

from django.db import connection

type_kind = Literal["person", "token", "agent", "system"]
EVERYTHING: Final = "*"


class NoScope(RuntimeError):
    """Client-owned rows were asked for outside a scope. Open one at the edge: `with scoped(...)`."""


class OutsideTransaction(RuntimeError):
    """Client-owned rows were asked for outside a transaction, where row-level security would silently answer with nothing."""


class All(Enum):
    """The one value that means every client."""

    CLIENTS = "all"


ALL: Final = All.CLIENTS


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts. `permissions` are codes such as `clients.edit`; `*` stands for all of them and is the system's alone."""

    kind: type_kind
    name: str
    permissions: frozenset[str]
    user_id: int | None = None
    client_id: int | None = None

    def may(self, permission: str) -> bool:
        """Whether this actor holds `permission`."""
        return permission in self.permissions or EVERYTHING in self.permissions


@dataclass(frozen=True, slots=True)
class Scope:
    """Who acts, and for which clients."""

    actor: Actor
    clients: frozenset[int] | Literal[All.CLIENTS]

    def allows(self, client_id: int | None) -> bool:
        """Whether rows of this client are within the scope."""
        return self.clients is ALL or client_id in self.clients

    def narrowed(self, client_ids: frozenset[int]) -> "Scope":
        """The same actor for the given clients as far as this scope has them."""
        kept = client_ids if self.clients is ALL else client_ids & self.clients
        return Scope(self.actor, kept)

    def as_json(self) -> dict[str, Any]:
        """For a job's arguments: references only. Permissions are left out: a job does what an action already allowed."""
        actor = {
            "kind": self.actor.kind,
            "name": self.actor.name,
            "user_id": self.actor.user_id,
            "client_id": self.actor.client_id,
        }
        return {"actor": actor, "clients": "all" if self.clients is ALL else sorted(self.clients)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Scope":
        """The reverse of `as_json`. Raises ValueError naming what is wrong."""
        try:
            given = value["actor"]
            actor = Actor(given["kind"], given["name"], frozenset({EVERYTHING}), given["user_id"], given["client_id"])
            clients = value["clients"]
        except (KeyError, TypeError) as missing:
            raise ValueError(f"scope: {missing} is missing") from missing
        if clients == "all":
            return cls(actor, ALL)
        if not isinstance(clients, list) or not all(isinstance(each, int) for each in clients):
            raise ValueError("scope: clients must be 'all' or a list of numbers")
        return cls(actor, frozenset(clients))


_current: ContextVar[Scope | None] = ContextVar("steward_scope", default=None)


def current_scope_or_none() -> Scope | None:
    """The scope in force, or None."""
    return _current.get()


def current_scope() -> Scope:
    """The scope in force. Raises NoScope when there is none."""
    scope = _current.get()
    if scope is None:
        raise NoScope("No scope is open: client-owned rows are read and written only inside `with scoped(...)`.")
    return scope


def system_scope(name: str, clients: frozenset[int] | Literal[All.CLIENTS] = ALL) -> Scope:
    """A scope for work that no person asked for; `name` says which, and stands in the audit."""
    return Scope(Actor("system", name, frozenset({EVERYTHING})), clients)


@contextmanager
def scoped(scope: Scope | None) -> Iterator[None]:
    """Run a block in `scope`. Inside a transaction the database is told at once, and told again on the way out."""
    token = _current.set(scope)
    try:
        _tell_database()
        yield
    finally:
        _current.reset(token)
        _tell_database()


def _tell_database() -> None:
    # A transaction that begins later is told by the backend; one that is broken can't be told anything.
    if connection.in_atomic_block and not connection.needs_rollback:
        connection.apply_scope()  # type: ignore[attr-defined]  # our own backend's method
