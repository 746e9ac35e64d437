# SPDX-License-Identifier: Apache-2.0
"""The kinds of alerts that rooms declare, and the words for them. A row holds a kind and parameters; its title is made when it is read."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.functional import Promise

Words = Callable[[Mapping[str, Any]], Promise | str]

_kinds: dict[str, Words] = {}
_outages: set[str] = set()


class UnknownAlertKind(LookupError):
    """No room declared this kind of alert."""


def register_alert_kind(slug: str, *, words: Words, outage: bool = False) -> None:
    """Declare a kind of alert, "room.what"; `words` makes its title of the parameters, in the reader's language. An `outage` says that
    its asset does not do what it is there for, so that what hangs on the asset is out as well.

    Raises ValueError when it was declared before, by somebody else.
    """
    if _kinds.setdefault(slug, words) is not words:
        raise ValueError(f"{slug}: declared twice")
    if outage:
        _outages.add(slug)


def alert_kinds() -> tuple[str, ...]:
    """Every kind, in alphabetical order."""
    return tuple(sorted(_kinds))


def outages() -> frozenset[str]:
    """The kinds that say that an asset does not do what it is there for."""
    return frozenset(_outages)


def refuse_unknown(slug: str) -> None:
    """Raises UnknownAlertKind."""
    if slug not in _kinds:
        raise UnknownAlertKind(slug)


def title_of(kind: str, params: Mapping[str, Any]) -> str:
    """What was noticed, in the reader's language; the kind itself when no room knows it any more, or the parameters don't fit."""
    words = _kinds.get(kind)
    if words is None:
        return kind
    try:
        return str(words(params))
    except (KeyError, TypeError, ValueError):
        return kind
