# SPDX-License-Identifier: Apache-2.0
"""Critical alerts call whoever is on call at once: once for each person and group, however many alerts and tickets the group has.

A group is what goes wrong at one client within a call: while somebody is being called about one of its critical tickets, and for
two minutes from when that began, what comes on top joins that call. Joined tickets keep their clocks, whose thresholds call again."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from steward.core.records.public import RecordRef
from steward.core.tenancy.public import Client, current_scope
from steward.desk.oncall.public import Page, latest_page, page_end, page_open, unanswered
from steward.watch.alerts.clock import db_now

CALL: Final = "alerts.critical"
KEY: Final = "alerts"
LATELY: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Called:
    """The page that calls; `joined` when it was there, about another ticket of the client."""

    page: Page
    joined: bool


def call(client: Client, ticket: RecordRef, *, number: str, summary: str) -> Called:
    """Have whoever is on call be called about a ticket, or have it join the call that goes on for its client.

    The caller lets no other call for this client begin meanwhile.
    """
    latest = latest_page(client, CALL)
    if latest is not None and latest.subject_uid != ticket.uid and _goes_on(latest, db_now()):
        return Called(latest, joined=True)
    page = page_open(
        client,
        ticket,
        actor=current_scope().actor,
        key=KEY,
        kind=CALL,
        params={"number": number, "summary": summary},
        joins=True,
    )
    return Called(page, joined=False)


def call_over(client_id: int, number: str) -> bool:
    """What a call was about is over: nobody is called about it any more. Returns whether somebody still was."""
    page = unanswered().filter(client_id=client_id, number=number, kind=CALL).first()
    return page is not None and page_end(page, actor=current_scope().actor)


def _goes_on(page: Page, now: datetime) -> bool:
    if page.state == Page.State.OPEN:
        return True
    return page.state != Page.State.ENDED and now - page.opened_at < LATELY
