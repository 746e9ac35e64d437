# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from django.utils.translation import ngettext

from steward.core.ui.public import Request, panel
from steward.desk.oncall import queries
from steward.desk.oncall.pages.duty import Call, calls


@dataclass(frozen=True, slots=True)
class Unreached:
    """How many pages reached nobody, and where to look."""

    count: int
    number: str


@dataclass(frozen=True, slots=True)
class ToAcknowledge:
    """What waits for an answer."""

    calls: list[Call]
    verdict: str


@panel("ui.shell.banner", permission="oncall.view", order=10)
def nobody_reached(request: Request, _record: object) -> Unreached | None:
    """Over every page, as long as nobody could be reached."""
    found = list(queries.unreached().values_list("number", flat=True)[:100])
    return Unreached(len(found), found[0]) if found else None


@panel("ui.today.aside", permission="oncall.acknowledge", order=5)
def to_acknowledge(request: Request, _record: object) -> ToAcknowledge | None:
    """First of all that needs somebody: a page."""
    found = calls()
    said = ngettext("%(n)d page waits for an answer.", "%(n)d pages wait for an answer.", len(found)) % {
        "n": len(found)
    }
    return ToAcknowledge(found, said) if found else None
