# SPDX-License-Identifier: Apache-2.0
"""What several sections count: the rows of other rooms that belong to a month."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from steward.business.reports.figures import LABEL_LENGTH, Row
from steward.business.reports.month import Month
from steward.core.records.public import record_ref
from steward.core.tenancy.public import Client
from steward.desk.tickets.public import Ticket, TicketKind
from steward.estate.assets.public import Asset


def incidents_of(client: Client, month: Month) -> QuerySet[Ticket]:
    """The incidents of a client that were opened in a month, in order."""
    rows = Ticket.objects.filter(client=client, kind=TicketKind.INCIDENT)
    return rows.filter(opened_at__gte=month.start, opened_at__lt=month.end).order_by("opened_at", "pk")


def ticket_row(ticket: Ticket, facts: Mapping[str, Any]) -> Row:
    """A ticket that was counted."""
    ref = record_ref(ticket)
    return Row(ref.kind, ref.uid, ticket.number, ticket.summary[:LABEL_LENGTH], ticket.opened_at, facts)


def asset_row(asset: Asset, facts: Mapping[str, Any], label: str = "") -> Row:
    """An asset that was counted, or something of it that `label` names."""
    ref = record_ref(asset)
    return Row(ref.kind, ref.uid, asset.number, (label or asset.name)[:LABEL_LENGTH], None, facts)
