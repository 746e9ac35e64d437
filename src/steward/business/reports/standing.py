# SPDX-License-Identifier: Apache-2.0
"""How a report stands besides what it says: whether it is being counted, and whom it was mailed to. In the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from steward.business.reports.models import Counting, CountingState, Report, ReportMail
from steward.core.notify.public import HandedOver, saying
from steward.core.operations.public import find_operation, operation_text
from steward.core.ui.public import topic

MAIL_STATES: Final = {
    "queued": _("Waits"),
    "sent": _("Handed over"),
    "bounced": _("Sent back"),
    "no_channel": _("Nothing to send it with"),
    "failed": _("Failed"),
    "expired": _("Too old"),
}


@dataclass(frozen=True, slots=True)
class ShownCounting:
    """`state` as the row has it. While it runs: per cent, what is counted now, where one hears that it moved; "" and 0 for who may not
    see the long work. `url` is the long work's page."""

    state: str
    percent: int
    text: str
    topic: str
    url: str

    @property
    def runs(self) -> bool:
        """Whether it goes on."""
        return self.state == CountingState.RUNNING

    @property
    def broke(self) -> bool:
        """Whether nothing came of it."""
        return self.state in (CountingState.FAILED, CountingState.CANCELLED)


@dataclass(frozen=True, slots=True)
class ShownMail:
    """Who it went to and what became of it; `url` is the message's own record."""

    name: str
    language: str
    at: datetime
    state: str
    label: str
    answer: str
    url: str


def counting_shown(report: Report, found: Counting | None) -> ShownCounting | None:
    """How the counting of a report stands; None when it was never counted, or when it ended well."""
    if found is None or found.state == CountingState.DONE:
        return None
    work = find_operation(found.operation) if found.operation is not None else None
    if work is None:
        return ShownCounting(found.state, 0, "", "", "")
    return ShownCounting(
        found.state,
        work.percent or 0,
        operation_text(work),
        topic(report.client, "operations.operation", work.uid),
        reverse("ui.operation", args=[work.uid]),
    )


def mails_shown(found: Sequence[tuple[ReportMail, HandedOver | None]]) -> list[ShownMail]:
    """To whom a revision was mailed, in words."""
    return [_mail(mail, fate) for mail, fate in found]


def _mail(mail: ReportMail, fate: HandedOver | None) -> ShownMail:
    name = mail.contact.name
    if fate is None:
        return ShownMail(name, mail.language, mail.created_at, "", "", "", "")
    answer = saying(fate.code, fate.params) if fate.code else fate.answer
    label = str(MAIL_STATES.get(fate.state, fate.state))
    url = reverse("ui.notification", args=[fate.delivery])
    return ShownMail(name, mail.language, mail.created_at, fate.state, label, answer, url)
