# SPDX-License-Identifier: Apache-2.0
"""The form of every write."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import transaction

from steward.core.access.errors import Denied
from steward.core.tenancy.public import Actor, current_scope, scoped

P = ParamSpec("P")
R = TypeVar("R")

# Every action by "room.module.name", with its permission: what the matrix test walks.
ACTIONS: dict[str, tuple[str, Callable[..., object]]] = {}


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
            if not actor.may(permission):
                raise Denied(permission)
            with transaction.atomic(), scoped(replace(current_scope(), actor=actor)):
                return write(*args, **kwargs)

        ACTIONS[f"{write.__module__.removeprefix('steward.')}.{write.__name__}"] = (permission, guarded)
        return guarded

    return decorate
