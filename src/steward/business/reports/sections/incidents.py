# SPDX-License-Identifier: Apache-2.0
"""How many incidents began, by priority."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.business.reports.counting import incidents_of, ticket_row
from steward.business.reports.figures import Facts, Part, counted
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.words import number
from steward.core.tenancy.public import Client
from steward.promises.sla.public import PRIORITIES

SLUG: Final = "incidents"
TITLE: Final = gettext_lazy("Incidents")
ORDER: Final = 10
FIGURES: Final = {
    "all": gettext_lazy("Incidents"),
    "p1": gettext_lazy("Incidents of priority P1"),
    "p2": gettext_lazy("Incidents of priority P2"),
    "p3": gettext_lazy("Incidents of priority P3"),
    "p4": gettext_lazy("Incidents of priority P4"),
}


def run(client: Client, month: Month) -> Part:
    """Tickets of the kind incident that were opened in the month, by the priority that they have now."""
    found = [(each.priority, ticket_row(each, {"priority": each.priority})) for each in incidents_of(client, month)]
    by_priority = [counted(each.lower(), [row for priority, row in found if priority == each]) for each in PRIORITIES]
    return Part([counted("all", [row for _priority, row in found]), *by_priority])


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    total, worst = part.n("all"), part.n("p1")
    if not total:
        return Verdict("fine", _("No incident began in this month."))
    text = ngettext("%(n)s incident began", "%(n)s incidents began", total) % {"n": number(total)}
    if not worst:
        return Verdict("fine", _("%(incidents)s, none of priority P1.") % {"incidents": text})
    return Verdict("medium", _("%(incidents)s, %(p1)s of priority P1.") % {"incidents": text, "p1": number(worst)})


def said(facts: Facts) -> str:
    """What counts about a row."""
    return str(facts["priority"])
