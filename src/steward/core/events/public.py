# SPDX-License-Identifier: Apache-2.0
"""The door of events."""

from steward.core.events.dispatch import (
    Carrier,
    Delivery,
    NoCarrier,
    UnknownListener,
    carry_with,
    emit,
    emit_many,
    listener,
    listeners_of,
    on,
)
from steward.core.events.event import Event, UnknownEvent, dump_event, event_name, event_names, load_event, load_type

__all__ = [
    "Carrier",
    "Delivery",
    "Event",
    "NoCarrier",
    "UnknownEvent",
    "UnknownListener",
    "carry_with",
    "dump_event",
    "emit",
    "emit_many",
    "event_name",
    "event_names",
    "listener",
    "listeners_of",
    "load_event",
    "load_type",
    "on",
]
