# SPDX-License-Identifier: Apache-2.0
"""From an event to its listeners."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection

from steward.core.events.event import E, Event, dump_event, event_name
from steward.core.tenancy.public import OutsideTransaction, current_scope

Listener = Callable[[Any], None]
L = TypeVar("L", bound=Listener)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one listener."""

    listener: str
    event: str
    fields: dict[str, Any]


Carrier = Callable[[Sequence[Delivery]], None]


class UnknownListener(LookupError):
    """No listener of this name; the code that listened is gone."""


class NoCarrier(RuntimeError):
    """Nobody carries events: `core.jobs` is not installed."""


_listeners: dict[str, tuple[str, Listener]] = {}
_wanted: dict[str, Callable[[], bool]] = {}
_carriers: list[Carrier] = []


def on(
    event: type[E], *, name: str = "", wanted: Callable[[], bool] | None = None
) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """React to an event of a room below, in a room's `listeners.py`. The reaction runs later, as a job of its own.

    It runs in the sender's scope and in one transaction, and again when it fails: what it does to the database happens
    once, what it does elsewhere must bear a repeat. `name` is kept in waiting deliveries; by default "room.function".
    """

    def decorate(listener: Callable[[E], None]) -> Callable[[E], None]:
        chosen = name or f"{listener.__module__.split('.')[-2]}.{listener.__name__}"
        known = _listeners.get(chosen)
        if known is not None and known[1].__qualname__ != listener.__qualname__:
            raise ValueError(f"{chosen}: two listeners of one name")
        _listeners[chosen] = (event_name(event), listener)
        if wanted is not None:
            _wanted[chosen] = wanted
        return listener

    return decorate


def emit(event: Event) -> None:
    """Tell `event` to every listener, with the transaction that is open: told if it commits, not if it rolls back.

    Raises NoScope outside a scope and OutsideTransaction outside a transaction.
    """
    emit_many([event])


def emit_many(events: Sequence[Event]) -> None:
    """`emit` for many at once: the deliveries of all are written together. Raises as `emit` does."""
    scope = current_scope()
    if not connection.in_atomic_block:
        names = ", ".join(sorted({event_name(type(each)) for each in events}))
        raise OutsideTransaction(f"{names} for {scope.actor.name}: emit inside the transaction that makes it true.")
    kinds = {event_name(type(each)) for each in events}
    wanted = {kind: [each for each in listeners_of(kind) if _is_wanted(each)] for kind in sorted(kinds)}
    deliveries = [
        Delivery(listener, name, fields)
        for each in events
        if wanted[name := event_name(type(each))]
        for fields in [dump_event(each)]
        for listener in wanted[name]
    ]
    if not deliveries:
        return
    if not _carriers:
        raise NoCarrier(", ".join(sorted(kinds)))
    _carriers[-1](deliveries)


def listeners_of(event: str) -> tuple[str, ...]:
    """The names of those who react to an event's name."""
    return tuple(sorted(listener for listener, (listened, _) in _listeners.items() if listened == event))


def _is_wanted(listener: str) -> bool:
    asked = _wanted.get(listener)
    return asked is None or asked()


def listener(name: str) -> Listener:
    """The function behind a listener's name. Raises UnknownListener."""
    try:
        return _listeners[name][1]
    except KeyError:
        raise UnknownListener(name) from None


def carry_with(carrier: Carrier) -> None:
    """Have deliveries carried by `carrier`, which writes them in the open transaction. For the room that carries."""
    _carriers.append(carrier)
