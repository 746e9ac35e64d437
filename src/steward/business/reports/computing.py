# SPDX-License-Identifier: Apache-2.0
"""Counting a month: every section in turn, in the scope of whoever asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from django.utils import timezone

from steward.business.reports.figures import Part, Row
from steward.business.reports.frozen import VERSION, part_json
from steward.business.reports.month import Month
from steward.business.reports.registry import SectionKind, section_kinds
from steward.core.telemetry.public import TelemetryError
from steward.core.tenancy.public import Client
from steward.estate.clients.public import ClientProfile
from steward.promises.agreements.public import terms_at

log = structlog.get_logger("steward.reports")


@dataclass(frozen=True, slots=True)
class Counted:
    """A month as JSON, and the rows of its figures: (figure, row)."""

    content: dict[str, Any]
    rows: list[tuple[str, Row]]

    @property
    def is_away(self) -> bool:
        """Whether the store of measurements did not answer for one of its sections."""
        return any(each["fault"] == "away" for each in self.content["sections"])


def month_of(client: Client, text: str) -> Month:
    """The month "2026-10" as the contract in force on its last day cuts it, else the client's zone. Raises ValueError."""
    plain = Month.parse(text, "UTC")
    terms = terms_at(client.pk, plain.end - timedelta(hours=12))
    if terms is not None:
        return Month(plain.year, plain.month, terms.timezone)
    zone = ClientProfile.objects.filter(client=client).values_list("timezone", flat=True).first()
    return Month(plain.year, plain.month, zone or "UTC")


def last_month(client: Client, now: datetime) -> Month:
    """The latest month that is over for a client."""
    day = now.astimezone(UTC).date().replace(day=1)
    for _step in range(3):
        month = month_of(client, f"{day:%Y-%m}")
        if month.end <= now:
            return month
        day = (day - timedelta(days=1)).replace(day=1)
    return month


def count(client: Client, month: Month) -> Counted:
    """Every section. One whose measurements can't be read now is there all the same, with its fault."""
    return content_of(
        client, month, [(kind.slug, counted_part(kind, client, month)) for kind in section_kinds().values()]
    )


def counted_part(kind: SectionKind, client: Client, month: Month) -> Part:
    """One section; one whose measurements can't be read now with its fault."""
    try:
        return kind.run(client, month)
    except TelemetryError as away:
        log.warning("reports.section_not_counted", section=kind.slug, reason=str(away))
        return Part(fault="away")


def content_of(client: Client, month: Month, parts: Sequence[tuple[str, Part]]) -> Counted:
    """What was counted, in the order of a report."""
    terms = terms_at(client.pk, month.known_until(timezone.now()))
    content = {
        "version": VERSION,
        "month": str(month),
        "zone": month.zone,
        "start": month.start.isoformat(),
        "end": month.end.isoformat(),
        "client": client.name,
        "agreement": terms.number if terms is not None else "",
        "sections": [part_json(slug, part) for slug, part in parts],
    }
    rows = [(f"{slug}.{figure.slug}", row) for slug, part in parts for figure in part.figures for row in figure.rows]
    return Counted(content, rows)
