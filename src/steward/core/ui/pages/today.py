# SPDX-License-Identifier: Apache-2.0
"""The start page: what needs this person now. Rooms fill its two columns; where none has anything, it says so."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.jobs.public import dead_letters
from steward.core.rest.public import SIGNED_IN
from steward.core.tenancy.public import Client
from steward.core.ui.registry import Kind, Nav, page
from steward.core.ui.request import Request, acting


@dataclass(frozen=True, slots=True)
class Today:
    """What stands above the slots."""

    verdict: str
    dead_jobs: int
    clients: int


@page(
    "",
    permission=SIGNED_IN,
    kind=Kind.TODAY,
    title=gettext_lazy("Today"),
    template="ui/pages/today.html",
    nav=Nav("today", gettext_lazy("Today"), icon="sun-high", order=0, keys="g t", tab=1),
)
def today(request: Request) -> Today:
    """What needs me now."""
    dead = dead_letters().count() if acting().may("jobs.view") else 0
    verdict = _("Background work has failed and waits for a decision.") if dead else ""
    return Today(verdict, dead, Client.objects.count())
