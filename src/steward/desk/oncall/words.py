# SPDX-License-Identifier: Apache-2.0
"""This room's states, channels and answers in the reader's language."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from steward.core.notify.public import saying
from steward.desk.oncall.escalation import Result
from steward.desk.oncall.models import Page, PageAttempt
from steward.desk.oncall.paging import NOBODY
from steward.desk.oncall.schedule import Unit

Words = Promise | str

STATES: Final[dict[str, Words]] = {
    Page.State.OPEN: _("Calling"),
    Page.State.NOBODY_REACHED: _("Nobody reached"),
    Page.State.ACKNOWLEDGED: _("Acknowledged"),
    Page.State.ENDED: _("Over"),
}
RESULTS: Final[dict[str, Words]] = {
    Result.PENDING: _("on its way"),
    Result.SENT: _("handed over"),
    Result.FAILED: _("failed"),
}
CHANNELS: Final[dict[str, Words]] = {"mail": _("Mail"), "channel": _("Own channel"), "": _("Nobody")}
UNITS: Final[dict[str, Words]] = {Unit.HOURS: _("hours"), Unit.DAYS: _("days"), Unit.WEEKS: _("weeks")}
VIAS: Final[dict[str, Words]] = {"console": _("in the console"), "link": _("by the link"), "api": _("by a program")}


def shift_words(length: int, unit: str) -> str:
    """How long a shift lasts: "2 weeks"."""
    said = {
        Unit.HOURS: ngettext("%(n)s hour", "%(n)s hours", length),
        Unit.DAYS: ngettext("%(n)s day", "%(n)s days", length),
        Unit.WEEKS: ngettext("%(n)s week", "%(n)s weeks", length),
    }
    return said[Unit(unit)] % {"n": length}


def answer_words(attempt: PageAttempt) -> str:
    """What the other side said to it, or what we say of it."""
    if attempt.code == NOBODY:
        return str(_("nobody who may answer stands behind this step"))
    return saying(attempt.code, _texts(attempt.params)) if attempt.code else attempt.answer


def _texts(params: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in params.items()}
