# SPDX-License-Identifier: Apache-2.0
"""What reports add to other rooms' pages."""

from dataclasses import dataclass

from django.utils.translation import ngettext

from steward.business.reports import queries
from steward.business.reports.models import Report
from steward.business.reports.waiting import MAKES, Waiting, waiting
from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel

SHOWN = 3
SHOWN_TODAY = 5


@dataclass(frozen=True, slots=True)
class ReportsWaiting:
    """Reports of months that are over, which the clients have not got. `more` of them are not shown."""

    lines: list[Waiting]
    more: int
    verdict: str


@dataclass(frozen=True, slots=True)
class ClientReports:
    """A client's reports, the latest first."""

    reports: list[Report]


@panel("clients.client.side", permission="reports.view", order=8)
def client_reports(request: Request, client: Client) -> ClientReports | None:
    """What a client was told lately."""
    found = list(queries.reports_of(client)[:SHOWN])
    return ClientReports(found) if found else None


@panel("ui.today.work", permission=MAKES, order=40)
def reports_waiting(request: Request, _record: object) -> ReportsWaiting | None:
    """What clients have not got yet because nobody issued it."""
    found = waiting()
    if not found:
        return None
    said = ngettext("%(n)d report waits for you.", "%(n)d reports wait for you.", len(found)) % {"n": len(found)}
    return ReportsWaiting(found[:SHOWN_TODAY], max(len(found) - SHOWN_TODAY, 0), said)
