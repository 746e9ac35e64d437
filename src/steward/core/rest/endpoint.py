# SPDX-License-Identifier: Apache-2.0
"""How a room declares an endpoint in its `rest.py`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from django.utils.functional import Promise
from ninja import Router

P = ParamSpec("P")
R = TypeVar("R")

# Whoever has signed in; for endpoints about oneself.
SIGNED_IN: Final = "signed-in"
# Nobody is asked for: the endpoint proves its caller itself, as an agent's enrolment does. Listed by hand in a test.
PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is asked before an endpoint runs."""

    permission: str
    deprecated: date | None = None
    sunset: date | None = None
    successor: str = ""


@dataclass(frozen=True, slots=True)
class Mounted:
    """A room's router and where it stands below /api/v1/."""

    prefix: str
    router: Router


ROUTERS: dict[str, Mounted] = {}


def router(tag: str, *, prefix: str = "", label: Promise | str = "") -> Router:
    """The router of a room, under `/api/v1/<prefix>`, by default the tag itself; made once, then the same."""
    if tag not in ROUTERS:
        ROUTERS[tag] = Mounted(prefix or tag, Router(tags=[str(label or tag)]))
    return ROUTERS[tag].router


def endpoint(
    *, permission: str, deprecated: date | None = None, sunset: date | None = None, successor: str = ""
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Say who may call an endpoint; stands under the router's decorator. One without it stops the start of the web process.

    `permission` is asked before the input is looked at; SIGNED_IN for endpoints about oneself, PUBLIC for those that prove
    their caller themselves. `deprecated`, `sunset` and `successor` become headers of the answer.
    """

    def declare(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def declared(*args: P.args, **kwargs: P.kwargs) -> R:
            return view(*args, **kwargs)

        declared.steward_endpoint = Endpoint(permission, deprecated, sunset, successor)  # type: ignore[attr-defined]  # read by endpoint_of
        return declared

    return declare


def endpoint_of(view: Callable[..., Any]) -> Endpoint | None:
    """What `endpoint` said of a view, None when nobody said anything."""
    found: Endpoint | None = getattr(view, "steward_endpoint", None)
    return found
