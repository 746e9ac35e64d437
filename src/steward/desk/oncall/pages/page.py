# SPDX-License-Identifier: Apache-2.0
"""Pages: what was told to whom, by which channel, with which answer."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.records.public import RecordRef, find_record, record_title, record_url
from steward.core.ui.public import (
    CellKind,
    ChoiceFilter,
    ClientFilter,
    Column,
    Done,
    Empty,
    Kind,
    Listed,
    Request,
    Table,
    View,
    acting,
    client_column,
    listed,
    page,
    verb,
)
from steward.desk.oncall import queries
from steward.desk.oncall.actions import page_acknowledge, page_end
from steward.desk.oncall.kinds import severity_of, title_of
from steward.desk.oncall.models import Page, PageAttempt
from steward.desk.oncall.records import page_url
from steward.desk.oncall.words import CHANNELS, RESULTS, STATES, VIAS, answer_words

PAGES = Table(
    name="oncall.pages",
    label=gettext_lazy("pages"),
    rows=queries.pages,
    url=page_url,
    sort="-opened_at",
    columns=[
        Column(
            "severity",
            gettext_lazy("Severity"),
            value=lambda each: severity_of(each.kind),
            kind=CellKind.SEVERITY,
            css="prio",
        ),
        Column(
            "title",
            gettext_lazy("What happened"),
            value=lambda each: title_of(each.kind, each.params),
            kind=CellKind.LINK,
            number=lambda each: each.number,
        ),
        client_column(),
        Column(
            "state",
            gettext_lazy("State"),
            kind=CellKind.STATE,
            text=lambda each: STATES[each.state],
            sort=True,
            css="state",
        ),
        Column("acknowledged_by", gettext_lazy("Acknowledged by"), value="acknowledged_by.name", kind=CellKind.PERSON),
        Column("opened_at", gettext_lazy("Since"), kind=CellKind.TIME, sort=True, descending_first=True),
        Column("acknowledged_at", gettext_lazy("Acknowledged"), kind=CellKind.TIME, wide_only=True),
    ],
    filters=[ChoiceFilter("state", gettext_lazy("State"), choices=tuple(STATES.items())), ClientFilter()],
    views=[
        View("waiting", gettext_lazy("Waiting"), "state=open&state=nobody_reached"),
        View("unreached", gettext_lazy("Nobody reached"), "state=nobody_reached"),
    ],
    empty=Empty(
        title=gettext_lazy("Nobody was paged yet"),
        text=gettext_lazy("Each page stands here with who was told how, what came back, and who acknowledged it."),
        icon="bell-ringing",
        action=gettext_lazy("Page somebody"),
        action_url="/oncall/pages/new/",
        action_permission="oncall.page",
    ),
)


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt as a line."""

    attempt: PageAttempt
    step: int
    turn: int
    name: str
    channel: str
    state: str
    answer: str


@dataclass(frozen=True, slots=True)
class PageRecord:
    """A page with all that was tried."""

    title: str
    number: str
    page: Page
    severity: str
    state: str
    tries: list[Try]
    about: str
    about_url: str
    via: str
    may_acknowledge: bool
    may_end: bool


@page(
    "oncall/pages/",
    permission="oncall.view",
    kind=Kind.LIST,
    title=gettext_lazy("Pages"),
    table=PAGES,
    template="ui/list.html",
    parent="oncall.duty",
)
def pages_list(request: Request) -> Listed:
    """Every page there was."""
    return listed(PAGES, request)


@page(
    "oncall/pages/<str:number>/",
    permission="oncall.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Page"),
    parent="oncall.pages_list",
)
def page_record(request: Request, number: str) -> PageRecord:
    """One page."""
    found = queries.page(number)
    about = find_record(RecordRef(found.subject_kind, found.subject_uid))
    answers = acting().may("oncall.acknowledge")
    return PageRecord(
        title=title_of(found.kind, found.params),
        number=found.number,
        page=found,
        severity=severity_of(found.kind),
        state=str(STATES[found.state]),
        tries=[_try(found, each) for each in queries.attempts(found)],
        about=record_title(about) if about else "",
        about_url=(record_url(about) or "") if about else "",
        via=str(VIAS.get(found.acknowledged_via, "")),
        may_acknowledge=found.is_unanswered and answers,
        may_end=found.state != Page.State.ENDED and answers,
    )


def _try(found: Page, attempt: PageAttempt) -> Try:
    steps: list[Any] = found.plan.get("steps", [])
    turn, step = divmod(attempt.position, len(steps) or 1)
    return Try(
        attempt,
        step + 1,
        turn + 1,
        str(attempt.person) if attempt.person else "",
        str(CHANNELS.get(attempt.channel, attempt.channel)),
        str(RESULTS.get(attempt.state, attempt.state)),
        answer_words(attempt),
    )


@verb(page_record, "acknowledge", permission="oncall.acknowledge")
def _acknowledge(request: Request, number: str) -> Done:
    found = queries.page(number)
    if page_acknowledge(found, actor=acting(), via="console"):
        return Done(_("You acknowledged %(number)s. Nobody else is called.") % {"number": number})
    return Done(_("%(number)s was answered already; nothing was changed.") % {"number": number})


@verb(page_record, "end", permission="oncall.acknowledge")
def _end(request: Request, number: str) -> Done:
    page_end(queries.page(number), actor=acting())
    return Done(_("%(number)s is over.") % {"number": number}, goto=reverse("oncall.duty"))
