# SPDX-License-Identifier: Apache-2.0
"""The events that other systems may subscribe to, as rooms declare them in their `webhooks.py`."""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from steward.core.events.public import Event, on
from steward.core.webhooks.telling import is_subscribed, tell

E = TypeVar("E", bound=Event)

_SLUG: Final = re.compile(r"[a-z]+(?:\.[a-z]+(?:_[a-z]+)*)+")


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A declared event. `payload` makes its data out of the event, `data` is the dataclass that it returns."""

    slug: str
    version: int
    event: type[Event]
    payload: Callable[[Any], Any]
    data: type

    @property
    def type(self) -> str:
        """What the message says it is, and what is subscribed to: later versions stand beside the first for a while."""
        return self.slug if self.version == 1 else f"{self.slug}.v{self.version}"

    @property
    def meaning(self) -> str:
        """The line of the documentation."""
        return (self.event.__doc__ or "").strip().split("\n\n", 1)[0].replace("\n", " ")


class BadWebhookEvent(ValueError):
    """A room declared what can't be told: a name of another form, twice, or data of no type."""


_events: dict[str, WebhookEvent] = {}


def register_webhook_event(slug: str, event: type[E], *, payload: Callable[[E], Any], version: int = 1) -> None:
    """Let other systems subscribe to `event` by the name of "room.what_happened".

    `payload` runs later, in a scope of every client, and returns a frozen dataclass: the data of the message, whose fields
    are the schema in the docs; None when there is nothing to tell any more. Its return annotation names that class. Raise
    `version` when a field is taken away or means something else, and keep the declaration of the version before.

    Raises BadWebhookEvent.
    """
    if not _SLUG.fullmatch(slug) or version < 1:
        raise BadWebhookEvent(f"{slug!r}: an event is named room.what_happened")
    declared = WebhookEvent(slug, version, event, payload, _data_of(slug, payload))
    known = _events.setdefault(declared.type, declared)
    if known.event is not event:
        raise BadWebhookEvent(f"{declared.type}: declared twice")

    def listener(happened: E) -> None:
        tell(declared.type, payload, happened)

    on(event, name=f"webhooks.{declared.type}", wanted=lambda: is_subscribed(declared.type))(listener)


def webhook_events() -> tuple[WebhookEvent, ...]:
    """Every event that can be subscribed to, by its type."""
    return tuple(_events[each] for each in sorted(_events))


def _data_of(slug: str, payload: Callable[[Any], Any]) -> type:
    said = get_type_hints(payload).get("return")
    if get_origin(said) in (Union, UnionType):
        said = next((each for each in get_args(said) if each is not NoneType), None)
    if not (isinstance(said, type) and dataclasses.is_dataclass(said)):
        raise BadWebhookEvent(f"{slug}: annotate what its payload returns, a frozen dataclass")
    return said
