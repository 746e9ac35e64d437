# SPDX-License-Identifier: Apache-2.0
"""What reports add to other rooms' pages."""

from dataclasses import dataclass

from steward.business.reports import queries
from steward.business.reports.models import Report
from steward.core.tenancy.public import Client
from steward.core.ui.public import Request, panel

SHOWN = 3


@dataclass(frozen=True, slots=True)
class ClientReports:
    """A client's reports, the latest first."""

    reports: list[Report]


@panel("clients.client.side", permission="reports.view", order=8)
def client_reports(request: Request, client: Client) -> ClientReports | None:
    """What a client was told lately."""
    found = list(queries.reports_of(client)[:SHOWN])
    return ClientReports(found) if found else None
