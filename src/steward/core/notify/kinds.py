# SPDX-License-Identifier: Apache-2.0
"""The kinds of messages that rooms declare in their `notices.py`."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise


class Way(StrEnum):
    """How a message reaches somebody."""

    APP = "app"
    MAIL = "mail"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """`kind` is "room.what_happened"; its words are in `templates/notices/<kind>.txt`, whose first line is the subject.

    `params` are the names of what the words need: references, numbers, codes, never sentences. `ways` are taken all; when
    mail fails for an `urgent` kind, the channels marked as fallback are told as well.
    """

    kind: str
    label: Promise | str
    params: frozenset[str]
    ways: frozenset[Way]
    urgent: bool


class UnknownNotice(LookupError):
    """No room declared this kind of message."""


_kinds: dict[str, NoticeKind] = {}
EVERY_WAY = frozenset({Way.APP, Way.MAIL})


def register_notice(
    kind: str,
    *,
    label: Promise | str,
    params: frozenset[str] = frozenset(),
    ways: frozenset[Way] = EVERY_WAY,
    urgent: bool = False,
) -> None:
    """Declare a kind of message. Raises ValueError when it was declared before, for something else."""
    declared = NoticeKind(kind, label, params, ways, urgent)
    known = _kinds.setdefault(kind, declared)
    if (known.params, known.ways, known.urgent) != (params, ways, urgent):
        raise ValueError(f"{kind}: declared twice")


def notice_kind(kind: str) -> NoticeKind:
    """The declaration of `kind`. Raises UnknownNotice."""
    try:
        return _kinds[kind]
    except KeyError:
        raise UnknownNotice(kind) from None


def notice_kinds() -> tuple[NoticeKind, ...]:
    """Every kind, in alphabetical order."""
    return tuple(_kinds[kind] for kind in sorted(_kinds))
