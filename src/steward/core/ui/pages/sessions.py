# SPDX-License-Identifier: Apache-2.0
"""Sessions as a page lists them: one's own on the account page, another person's on theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404

from steward.core.identity.public import SignedIn
from steward.core.ui.devices import device_words
from steward.core.ui.request import Request


@dataclass(frozen=True, slots=True)
class SessionView:
    """A place where somebody is signed in; `here` is the one that asks."""

    uid: UUID
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    here: bool


def session_views(found: Iterable[SignedIn], here: str | None) -> list[SessionView]:
    """`found` in words; `here` is the key of the session that asks."""
    return [
        SessionView(
            each.uid, device_words(each.user_agent), each.address, each.began_at, each.seen_at, each.key == here
        )
        for each in found
    ]


def posted_uid(request: Request) -> UUID:
    """The record that a button names. Raises Http404 for what is no such name."""
    try:
        return UUID(request.POST.get("uid", ""))
    except ValueError as bad:
        raise Http404 from bad
