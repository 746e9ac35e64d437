# SPDX-License-Identifier: Apache-2.0
"""The kinds of pages that rooms declare, and the words for them. A row holds a kind and parameters; its title is made when it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class PageKind:
    """`title` says what happened, in a line, with %(name)s places for the parameters; `severity` is one of the kit's."""

    kind: str
    title: Promise | str
    params: frozenset[str]
    severity: str


class UnknownPageKind(LookupError):
    """No room declared this kind of page."""


_kinds: dict[str, PageKind] = {}


def register_page_kind(
    kind: str, *, title: Promise | str, params: frozenset[str] = frozenset(), severity: str = "critical"
) -> None:
    """Declare a kind of page, "room.what_happened". Raises ValueError when it was declared before, for something else."""
    declared = PageKind(kind, title, params, severity)
    if _kinds.setdefault(kind, declared).params != params:
        raise ValueError(f"{kind}: declared twice")


def page_kind(kind: str) -> PageKind:
    """The declaration of `kind`. Raises UnknownPageKind."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownPageKind(kind) from None


def title_of(kind: str, params: Mapping[str, Any]) -> str:
    """What happened, in the reader's language; the kind itself when no room knows it any more."""
    try:
        return str(page_kind(kind).title) % params
    except (UnknownPageKind, KeyError, TypeError, ValueError):
        return kind


def severity_of(kind: str) -> str:
    """How bad it is; critical for a kind that no room knows any more."""
    return _kinds[kind].severity if kind in _kinds else "critical"


register_page_kind("oncall.by_hand", title="%(text)s", params=frozenset({"text"}))
register_page_kind("oncall.test", title=_("A test: is somebody there?"), severity="low")
