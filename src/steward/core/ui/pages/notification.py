# SPDX-License-Identifier: Apache-2.0
"""One message by one way: who it went to, every try, and what the other side said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.files.public import StoredFile
from steward.core.notify.public import (
    BouncedAddress,
    Delivery,
    attempt_text,
    attempts,
    bounce_of,
    deliveries,
    delivery_retry,
    files_of,
    notice_said,
    ways_of,
)
from steward.core.ui.pages.notifications import STATES, WAYS, delivery_kind, recipient_words
from steward.core.ui.registry import Kind, page, verb
from steward.core.ui.request import Request, acting
from steward.core.ui.toasts import Done

# What a state means, and what is to be done about it.
MEANINGS = {
    "queued": gettext_lazy("It waits for its turn, or for its next try."),
    "held": gettext_lazy("The recipient has quiet hours; it goes out when they end. “Send now” does not wait."),
    "sent": gettext_lazy("The other side took it. Whether it was read nobody tells us."),
    "bounced": gettext_lazy(
        "The recipient’s server refuses the address for good. Correct the address, then send again."
    ),
    "no_channel": gettext_lazy(
        "There is nothing to send it with. It goes out by itself once a mail server is set, within a day."
    ),
    "failed": gettext_lazy("No try got through, and none follows. Look at the last answer, then send again."),
    "expired": gettext_lazy("It found no way while it was of use, and was let go."),
}
OUTCOMES = {
    "sent": gettext_lazy("Handed over"),
    "bounced": gettext_lazy("Address refused for good"),
    "refused": gettext_lazy("Refused for good"),
    "later": gettext_lazy("Not now"),
    "no_channel": gettext_lazy("Nothing to send it with"),
}
AGAIN = ("failed", "bounced", "no_channel", "held")


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt; `said` in the other side's words, or in ours."""

    number: int
    at: datetime
    outcome: str
    outcome_words: str
    said: str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class OtherWay:
    """The same message by another way."""

    delivery: Delivery
    way: str
    state: str


@dataclass(frozen=True, slots=True)
class NotificationPage:
    """A message by one way."""

    title: str
    delivery: Delivery
    kind: str
    to: str
    address: str
    way: str
    state: str
    meaning: str
    subject: str
    path: str
    tries: list[Try]
    others: list[OtherWay]
    bounce: BouncedAddress | None
    files: Sequence[StoredFile]
    files_gone: int
    again: bool


def tries_of(delivery: Delivery) -> list[Try]:
    """Every attempt in order, in the reader's language."""
    return [
        Try(
            each.number,
            each.at,
            each.outcome,
            str(OUTCOMES.get(each.outcome, each.outcome)),
            attempt_text(each),
            each.milliseconds,
        )
        for each in attempts(delivery)
    ]


def address_of(delivery: Any) -> str:
    """Where mail goes; "" for other ways, and for an address outside that was blanked."""
    if delivery.way != "mail":
        return ""
    return str(delivery.notice.person.email if delivery.notice.person else delivery.notice.address)


def enclosed_count(delivery: Delivery) -> int:
    """How many files were to go with a message by this way: by mail alone."""
    return len(delivery.notice.files.split()) if delivery.way == "mail" else 0


def enclosed_files(delivery: Delivery) -> Sequence[StoredFile]:
    """Those of them that are still kept."""
    return files_of(delivery.notice) if enclosed_count(delivery) else ()


@page(
    "notifications/<uuid:uid>/",
    permission="notify.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Message"),
    parent="ui.notifications",
    template="ui/pages/notification.html",
)
def notification(request: Request, uid: UUID) -> NotificationPage:
    """What became of one message."""
    found = deliveries().get(uid=uid)
    address, files = address_of(found), enclosed_files(found)
    said = notice_said(
        found.notice,
        language=translation.get_language() or "en",
        zone=timezone.get_current_timezone_name(),
    )
    return NotificationPage(
        title=delivery_kind(found),
        delivery=found,
        kind=found.notice.kind,
        to=recipient_words(found),
        address=address,
        way=str(WAYS.get(found.way, found.way)),
        state=str(STATES[found.state]),
        meaning=str(MEANINGS[found.state]),
        subject=said.subject if said else "",
        path=said.path if said else "",
        tries=tries_of(found),
        others=[OtherWay(each, str(WAYS.get(each.way, each.way)), str(STATES[each.state])) for each in ways_of(found)],
        bounce=bounce_of(address),
        files=files,
        files_gone=enclosed_count(found) - len(files),
        again=found.state in AGAIN,
    )


@verb(notification, "again", permission="notify.manage")
def _again(request: Request, uid: UUID) -> Done:
    found = deliveries().get(uid=uid)
    delivery_retry(found, actor=acting())
    return Done(_("The message to %(to)s goes out again.") % {"to": recipient_words(found)})
