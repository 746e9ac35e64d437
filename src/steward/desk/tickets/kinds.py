# SPDX-License-Identifier: Apache-2.0
"""Kinds of entries in a ticket's timeline, and the words for them. A row holds a kind and parameters; words are made when it is read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True)
class TimelineKind:
    """`words` makes a line from the parameters; `public` says whether the client's people see entries of this kind."""

    kind: str
    words: Callable[[Mapping[str, Any]], Words]
    icon: str
    public: bool


class UnknownTimelineKind(LookupError):
    """No room declared this kind of entry."""


_kinds: dict[str, TimelineKind] = {}


def register_timeline_kind(
    kind: str, words: Callable[[Mapping[str, Any]], Words], *, icon: str = "point", public: bool = False
) -> None:
    """Declare a kind of entry, "room.what_happened", in a room's `records.py`. Raises ValueError when it was declared before, elsewhere."""
    known = _kinds.get(kind)
    if known is not None and known.words.__module__ != words.__module__:
        raise ValueError(f"{kind}: declared twice")
    _kinds[kind] = TimelineKind(kind, words, icon, public)


def timeline_kind(kind: str) -> TimelineKind:
    """Raises UnknownTimelineKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownTimelineKind(kind) from None


def timeline_words(kind: str, params: Mapping[str, Any]) -> str:
    """What happened, in the reader's language; the kind itself when no room knows it any more, or its parameters don't fit."""
    try:
        return str(timeline_kind(kind).words(params))
    except (UnknownTimelineKind, KeyError, TypeError, ValueError):
        return kind


def timeline_icon(kind: str) -> str:
    """The picture beside it."""
    return _kinds[kind].icon if kind in _kinds else "point"
