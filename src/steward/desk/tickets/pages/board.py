# SPDX-License-Identifier: Apache-2.0
"""Tickets by state. A card is moved by dragging it, or by its menu; both do the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.ui.public import PLACE, Kind, Request, acting, page
from steward.desk.tickets import life, queries
from steward.desk.tickets.clocks import put_bars
from steward.desk.tickets.models import Ticket, TicketStatus
from steward.desk.tickets.pages.ticket import steps_from
from steward.desk.tickets.records import ticket_url
from steward.desk.tickets.tables import ME, NOBODY

LANES: Final = (*life.UNRESOLVED, life.RESOLVED)
SHOWN: Final = 15  # more than a screen holds; the rest is a list away
ICONS: Final = {
    life.NEW: {"icon": "circle-dashed"},
    life.OPEN: {"icon": "progress"},
    life.WAITING_CLIENT: {"icon": "player-pause"},
    life.WAITING_SUPPLIER: {"icon": "player-pause"},
    life.SCHEDULED: {"icon": "calendar-time"},
    life.RESOLVED: {"icon": "circle-check"},
}


@dataclass(frozen=True, slots=True)
class Board:
    """Lanes with what breaks first on top."""

    board: dict[str, Any]
    views: list[dict[str, Any]]


@page(
    "tickets/board/",
    permission="tickets.view",
    kind=Kind.BOARD,
    title=gettext_lazy("Board"),
    parent="tickets.tickets",
)
def board(request: Request) -> Board:
    """Tickets by state."""
    whose = request.GET.get("whose", "")
    rows = queries.lines()
    if whose == ME:
        rows = rows.filter(assignee_id=acting().user_id)
    elif whose == NOBODY:
        rows = rows.filter(assignee=None)
    counts = queries.counts_by_status(rows.filter(status__in=LANES))
    found = {lane: list(queries.lane(rows, lane)[:SHOWN]) for lane in LANES}
    put_bars([each for lane in found.values() for each in lane])
    lanes = [_lane(lane, found[lane], counts.get(lane, 0), whose) for lane in LANES]
    tabs = (("", _("All")), (ME, _("Mine")), (NOBODY, _("Unassigned")))
    return Board(
        board={"label": _("Tickets by state"), "lanes": lanes},
        views=[{"label": words, "url": f"?whose={each}", "selected": each == whose} for each, words in tabs],
    )


def _lane(status: str, rows: Sequence[Ticket], count: int, whose: str) -> dict[str, Any]:
    assignee = f"&assignee={whose}" if whose else ""
    more = count - len(rows)
    return {
        "label": TicketStatus(status).label,
        "value": status,
        "count": count,
        **ICONS[status],
        "moves": steps_from(status, PLACE),
        "cards": [_card(each) for each in rows],
        "empty": _("Nothing is here."),
        "more_url": f"{reverse('tickets.tickets')}?status={status}{assignee}" if more > 0 else "",
        "more": _("%(count)s more") % {"count": more},
    }


def _card(row: Ticket) -> dict[str, Any]:
    me = row.assignee_id is not None and row.assignee_id == acting().user_id
    return {
        "number": row.number,
        "title": row.summary,
        "url": ticket_url(row),
        "client": row.client.name,
        "priority": row.level,
        "bar": getattr(row, "bar", None),
        "person": {"name": str(row.assignee) if row.assignee else "", "me": me},
    }
