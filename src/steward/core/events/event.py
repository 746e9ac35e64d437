# SPDX-License-Identifier: Apache-2.0
"""Typed events with a name and a version, to and from JSON."""

import re
from typing import Any, ClassVar, TypeVar

import msgspec

E = TypeVar("E", bound="Event")

_types: dict[str, type["Event"]] = {}


class Event:
    """The base of every event: a frozen dataclass with slots, in a room's `events.py`.

        @dataclass(frozen=True, slots=True)
        class AssetArchived(Event):
            asset_id: int

    Fields are references (numbers, identifiers, times), never secrets and never sentences. Raise `version` when a field
    is taken away or changes its meaning; a new field gets a default instead, since deliveries may be older than the code.
    """

    __slots__ = ()
    version: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # dataclass(slots=True) makes the class a second time; the later one is the one that is used.
        known = _types.get(event_name(cls))
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"{event_name(cls)}: two events of one name")
        _types[event_name(cls)] = cls


class UnknownEvent(LookupError):
    """No event of this name and version; the code that knew it is gone."""


def event_name(cls: type[Event]) -> str:
    """The name an event goes by outside: room, words, version; "assets.asset_archived.v1"."""
    parts = cls.__module__.split(".")
    room = parts[-2] if len(parts) > 1 else parts[-1]
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
    return f"{room}.{words}.v{cls.version}"


def event_names() -> tuple[str, ...]:
    """Every event there is, in alphabetical order."""
    return tuple(sorted(_types))


def load_type(name: str) -> type[Event]:
    """The class behind a name. Raises UnknownEvent."""
    try:
        return _types[name]
    except KeyError:
        raise UnknownEvent(name) from None


def dump_event(event: Event) -> dict[str, Any]:
    """The fields as JSON values."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return fields


def load_event(name: str, fields: dict[str, Any]) -> Event:
    """The reverse of `dump_event`. Raises UnknownEvent, or msgspec.ValidationError naming the field that does not fit."""
    return msgspec.convert(fields, load_type(name))
