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

    `params` are the names of what the words need: references, numbers, codes, never sentences. `about` names the one that
    is the record a reader goes to. `ways` are taken unless the person wishes otherwise; when the first try of an `urgent`
    kind fails, the channels marked as fallback are told as well, and quiet hours do not hold it.
    """

    kind: str
    label: Promise | str
    params: frozenset[str]
    ways: frozenset[Way]
    urgent: bool
    about: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether a person says how they want it; what has no place in the console was asked for and comes at once."""
        return Way.APP in self.ways


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
    about: str = "",
) -> None:
    """Declare a kind of message. Raises ValueError when it was declared before, for something else."""
    if about and about not in params:
        raise ValueError(f"{kind}: {about} is none of its parameters")
    declared = NoticeKind(kind, label, params, ways, urgent, about)
    known = _kinds.setdefault(kind, declared)
    if (known.params, known.ways, known.urgent, known.about) != (params, ways, urgent, about):
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
