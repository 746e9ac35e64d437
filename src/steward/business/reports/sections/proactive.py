# SPDX-License-Identifier: Apache-2.0
"""How many incidents were noticed before anybody had to report them."""

from typing import Final

from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.business.reports.counting import incidents_of, ticket_row
from steward.business.reports.figures import Facts, Part, counted, share
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.words import number, percent_words
from steward.core.tenancy.public import Client
from steward.desk.tickets.public import Ticket, TicketKind, TicketSource

SLUG: Final = "proactive"
TITLE: Final = gettext_lazy("Noticed before anybody reported it")
ORDER: Final = 50
FIGURES: Final = {
    "share": gettext_lazy("Noticed by us first, of all incidents"),
    "noticed": gettext_lazy("Noticed by us first"),
}


def run(client: Client, month: Month) -> Part:
    """Of the incidents opened in the month, those that an alert opened while none that a person had reported about the same asset was
    unresolved. An incident that came by console, mail or API counts as reported."""
    reported = Ticket.objects.filter(
        ~Q(source=TicketSource.ALERT),
        Q(resolved_at=None) | Q(resolved_at__gt=OuterRef("opened_at")),
        client=client,
        kind=TicketKind.INCIDENT,
        asset=OuterRef("asset"),
        opened_at__lte=OuterRef("opened_at"),
    )
    found = incidents_of(client, month).annotate(was_reported=Exists(reported), way=F("source"))
    rows = [
        (ours := each.way == TicketSource.ALERT and not each.was_reported, ticket_row(each, {"first": ours}))
        for each in found
    ]
    noticed = [row for ours, row in rows if ours]
    return Part([share("share", [row for _ours, row in rows], len(noticed)), counted("noticed", noticed)])


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    share_of, n = part.value("share"), part.n("share")
    if share_of is None:
        return Verdict("unknown", _("There was no incident to notice."))
    told = {"noticed": number(part.n("noticed")), "n": number(n), "share": percent_words(share_of)}
    return Verdict(
        "fine", _("%(noticed)s of %(n)s incidents (%(share)s) were noticed before anybody reported them.") % told
    )


def said(facts: Facts) -> str:
    """What counts about a row."""
    return _("noticed by us first") if facts["first"] else _("reported")
