# SPDX-License-Identifier: Apache-2.0
"""The form of every write."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.db import transaction

from steward.core.access.errors import Denied
from steward.core.tenancy.public import Actor, current_scope, scoped

P = ParamSpec("P")
R = TypeVar("R")

# The permission of a write that everybody may do about themselves alone; the write itself sees to that.
OWN: Final = "own"


@dataclass(frozen=True, slots=True)
class Action:
    """A write: its name ("access.people.person_invite"), the permission it asks for, the guarded function."""

    name: str
    permission: str
    run: Callable[..., Any]


# Every write by its name: what the test of the matrix walks.
ACTIONS: dict[str, Action] = {}


def action(*, permission: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a write: it takes `actor` as a keyword, who must hold `permission`, and runs in one transaction.

    Raises Denied without the permission, NoScope outside a scope. The audit names `actor`, whoever opened the scope.
    """

    def decorate(write: Callable[P, R]) -> Callable[P, R]:
        @wraps(write)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs.get("actor")
            if not isinstance(actor, Actor):
                raise TypeError(f"{write.__qualname__} needs actor=, an Actor")
            if permission != OWN and not actor.may(permission):
                raise Denied(permission)
            with transaction.atomic(), scoped(replace(current_scope(), actor=actor)):
                return write(*args, **kwargs)

        name = f"{write.__module__.split('.', 2)[-1]}.{write.__name__}"
        ACTIONS[name] = Action(name, permission, guarded)
        return guarded

    return decorate
