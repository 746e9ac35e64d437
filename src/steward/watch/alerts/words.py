# SPDX-License-Identifier: Apache-2.0
"""This room's severities, states and entries in the reader's language."""

from typing import Any, Final

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.watch.alerts.models import AlertEntry, Severity, Verdict

Words = Promise | str

# As the kit draws them.
DRAWN: Final = {Severity.CRITICAL: "critical", Severity.MAJOR: "high", Severity.MINOR: "medium", Severity.INFO: "low"}
_ENTRIES: Final[dict[str, Words]] = {
    "opened": gettext_lazy("First reported"),
    "worsened": gettext_lazy("Got worse"),
    "ticket_opened": gettext_lazy("Opened the ticket"),
    "ticket_joined": gettext_lazy("Joined the ticket"),
    "left_behind": gettext_lazy("Goes on although its likely cause is over: it gets a ticket of its own"),
    "acknowledged": gettext_lazy("Acknowledged"),
    "woken": gettext_lazy("Put off no longer"),
    "cleared": gettext_lazy("Seen to be over"),
}


def drawn(severity: str) -> str:
    """The kit's severity of an alert's."""
    return DRAWN[Severity(severity)]


def entry_words(entry: AlertEntry) -> str:
    """What happened, in a line."""
    params: dict[str, Any] = entry.params
    if entry.kind == "called":
        said = _("Joined the call %(page)s") if params.get("joined") else _("%(page)s calls whoever is on call")
        return said % {"page": params.get("page", "")}
    if entry.kind == "explained":
        return _("Likely explained by %(cause)s") % {"cause": params.get("cause", "")}
    if entry.kind == "snoozed":
        return _("Put off until %(time)s") % {"time": _moment(params.get("until", ""))}
    if entry.kind == "resolved":
        return _("Resolved by hand: %(reason)s") % {"reason": params.get("reason", "")}
    if entry.kind == "judged":
        return _("Judged: %(verdict)s") % {"verdict": Verdict(params["verdict"]).label}
    if entry.kind == "worsened":
        return _("Got worse: now %(severity)s") % {"severity": Severity(params["after"]).label}
    if entry.kind == "opened" and params.get("maintenance"):
        return _("First reported, while in maintenance")
    return str(_ENTRIES.get(entry.kind, entry.kind))


def _moment(text: str) -> str:
    at = parse_datetime(text)
    return date_format(timezone.localtime(at), "DATETIME_FORMAT") if at is not None else text
