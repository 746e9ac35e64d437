# SPDX-License-Identifier: Apache-2.0
"""What was noticed, and how often that was right."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from steward.business.reports.figures import LABEL_LENGTH, Facts, Part, Row, counted, share
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.words import number, percent_words
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client
from steward.watch.alerts.public import Alert, Severity, began_between

SLUG: Final = "alerts"
TITLE: Final = gettext_lazy("Alerts")
ORDER: Final = 40
FIGURES: Final = {
    "all": gettext_lazy("Alerts"),
    "critical": gettext_lazy("Critical alerts"),
    "accuracy": gettext_lazy("Right, of those that somebody judged"),
    "false": gettext_lazy("False alarms"),
}
RIGHT, WRONG = "true_positive", "false_positive"


def run(client: Client, month: Month) -> Part:
    """Alerts that began in the month, and the verdicts of people on them as they are now."""
    found = list(began_between(client, month.start, month.end).order_by("opened_at", "pk"))
    judged = [each for each in found if each.verdict]
    right = sum(1 for each in judged if each.verdict == RIGHT)
    return Part(
        [
            counted("all", map(_row, found)),
            counted("critical", [_row(each) for each in found if each.severity == Severity.CRITICAL]),
            share("accuracy", map(_row, judged), right),
            counted("false", [_row(each) for each in judged if each.verdict == WRONG]),
        ]
    )


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    total, judged = part.n("all"), part.n("accuracy")
    if not total:
        return Verdict("fine", _("Nothing was noticed in this month."))
    text = ngettext("%(n)s alert began", "%(n)s alerts began", total) % {"n": number(total)}
    if not judged:
        return Verdict("unknown", _("%(alerts)s; nobody judged whether they were right.") % {"alerts": text})
    told = {"alerts": text, "judged": number(judged), "share": percent_words(part.value("accuracy"))}
    sentence = _("%(alerts)s; of the %(judged)s that somebody judged, %(share)s were right.") % told
    return Verdict("fine" if part.value("accuracy") == 100 else "low", sentence)


def said(facts: Facts) -> str:
    """What counts about a row."""
    words = {RIGHT: _("right"), WRONG: _("false alarm")}
    return _("%(severity)s, %(verdict)s") % {
        "severity": Severity(facts["severity"]).label,
        "verdict": words.get(facts["verdict"], _("not judged")),
    }


def _row(alert: Alert) -> Row:
    ref = record_ref(alert)
    facts = {"severity": alert.severity, "verdict": alert.verdict, "kind": alert.kind}
    # What it was about is words in the reader's language; where it was is what the record itself was called.
    label = (alert.asset.name if alert.asset is not None else alert.number)[:LABEL_LENGTH]
    return Row(ref.kind, ref.uid, alert.number, label, alert.opened_at, facts)
