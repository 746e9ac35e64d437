# SPDX-License-Identifier: Apache-2.0
"""One ticket: its promises, what was said and done, what it has to do with; and what can be done with it without leaving it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Model
from django.http import FileResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import Refused
from steward.core.files.public import file_response
from steward.core.identity.public import User
from steward.core.notify.public import Address
from steward.core.records.public import RecordRef, record_kind, record_title, record_url
from steward.core.tenancy.public import Actor
from steward.core.ui.public import Done, Kind, Request, acting, page, undoes, verb
from steward.desk.tickets import conversation, life, queries
from steward.desk.tickets.actions import (
    FILE_TYPES,
    MOST_FILES,
    MOST_MEGABYTES,
    Attached,
    ticket_assign,
    ticket_reply,
    ticket_resolve,
    ticket_set_status,
    ticket_unlink,
    ticket_write_note,
)
from steward.desk.tickets.clocks import Clocks, clocks_of
from steward.desk.tickets.mailing import recipient
from steward.desk.tickets.models import Level, Ticket, TicketStatus
from steward.estate.assets.public import asset_url
from steward.promises.agreements.public import terms_at
from steward.promises.sla.public import KINDS, FullClock, clock_of, length_words
from steward.promises.sla.public import Kind as Promised

SHOWS: Final = (
    (conversation.EVERYTHING, gettext_lazy("Everything")),
    (conversation.CLIENT, gettext_lazy("With client")),
    (conversation.NOTES, gettext_lazy("Notes")),
)


@dataclass(frozen=True, slots=True)
class Linked:
    """A record that a ticket has to do with."""

    ref: RecordRef
    title: str
    url: str
    kind: Any

    @property
    def text(self) -> str:
        """The reference as it is sent."""
        return str(self.ref)


@dataclass(frozen=True, slots=True)
class ReplyBox:
    """Who gets what is written by mail (None: nobody), and which files may go along."""

    to: Address | None
    accept: str
    most: int
    megabytes: int


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A ticket's record."""

    title: str
    number: str
    ticket: Ticket
    clock: FullClock | None
    beside: str
    which: list[dict[str, Any]]
    clause: str
    story: Sequence[dict[str, Any]]
    shows: list[dict[str, Any]]
    links: list[Linked]
    why: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    sees_notes: bool
    me: bool
    reply: ReplyBox | None

    @property
    def asset_url(self) -> str:
        """The page of the asset it is about, "" for none."""
        return asset_url(self.ticket.asset) if self.ticket.asset is not None else ""

    @property
    def within(self) -> tuple[str, str]:
        """Its client, in the crumbs."""
        client = self.ticket.client
        return client.name, reverse("clients.client", args=[client.slug])


@page(
    "tickets/<str:number>/",
    permission="tickets.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Ticket"),
    parent="tickets.tickets",
)
def ticket(request: Request, number: str) -> TicketPage:
    """One ticket."""
    found = queries.ticket(number)
    clocks = clocks_of([found]).get(found.pk)
    kind = _chosen(clocks, request.GET.get("clock", ""))
    sees_notes = queries.sees_notes()
    shows = [each for each, _words in SHOWS]
    show = request.GET.get("show", "")
    show = show if show in shows and sees_notes else conversation.EVERYTHING
    return TicketPage(
        title=found.summary,
        number=found.number,
        ticket=found,
        clock=_clock(found, clocks, kind) if clocks and kind else None,
        beside=_beside(clocks, kind) if clocks and kind else "",
        which=_which(clocks, kind) if clocks and kind else [],
        clause=clocks.clauses.get(kind, "") if clocks and kind else "",
        story=conversation.story(found, show=show, reader_id=acting().user_id),
        shows=[{"label": words, "url": f"?show={each}", "on": each == show} for each, words in SHOWS],
        links=[_linked(ref, row) for ref, row in queries.links_of(found)],
        why=_why(found),
        steps=steps_from(found.status, found.number),
        sees_notes=sees_notes,
        me=found.assignee_id is not None and found.assignee_id == acting().user_id,
        reply=_reply(found),
    )


def _reply(found: Ticket) -> ReplyBox | None:
    if found.status == TicketStatus.CLOSED or not acting().may("tickets.note"):
        return None
    # Of text files a browser knows the endings better than the types.
    accept = ",".join((*sorted(FILE_TYPES), ".log", ".txt", ".csv", ".json"))
    return ReplyBox(recipient(found), accept, MOST_FILES, MOST_MEGABYTES)


@page(
    "tickets/<str:number>/files/<uuid:uid>/",
    permission="tickets.view",
    kind=Kind.REPORT,
    title=gettext_lazy("File"),
    parent="tickets.tickets",
)
def attachment(request: Request, number: str, uid: UUID) -> FileResponse:
    """A file that belongs to words which the reader may see."""
    return file_response(queries.attachment(queries.ticket(number), uid).file)


def steps_from(status: str, number: str) -> list[dict[str, Any]]:
    """To which states a ticket may be set from where it stands, as choices; resolving and reopening say why on a page of their own."""
    if not acting().may("tickets.work"):
        return []
    labels = dict(TicketStatus.choices)
    base = reverse("tickets.ticket", args=[number])
    order = [each for each in TicketStatus.values if each in life.STEPS[status]]
    steps: list[dict[str, Any]] = [
        {"label": labels[each], "to": each, "post": f"{base}verb-set-{each.replace('_', '-')}/"} for each in order
    ]
    if status == TicketStatus.RESOLVED:
        steps.append(
            {"label": _("Reopen"), "to": life.OPEN, "url": reverse("tickets.ticket_reopen_form", args=[number])}
        )
    elif status in life.UNRESOLVED:
        steps.append({"label": _("Resolve"), "to": life.RESOLVED, "url": reverse("tickets.ticket_done", args=[number])})
    return steps


def _chosen(clocks: Clocks | None, asked: str) -> Promised | None:
    if clocks is None or not clocks.readings:
        return None
    kinds = {each.value: each for each in clocks.readings}
    return kinds.get(asked) or clocks.next or clocks.last


def _clock(found: Ticket, clocks: Clocks, kind: Promised) -> FullClock:
    terms = terms_at(found.client_id, found.opened_at)
    zone = ZoneInfo(terms.timezone) if terms is not None else timezone.get_current_timezone()
    labels = {each.value: str(each.label) for each in TicketStatus}
    reading = clocks.readings[kind]
    rule = _("Rule: %(priority)s, %(kind)s, %(target)s in hours of the policy.") % {
        "priority": reading.priority,
        "kind": str(KINDS[kind]).lower(),
        "target": length_words(reading.target),
    }
    return clock_of(
        clocks.policy, kind, reading, zone=zone, status_words=lambda slug: labels.get(slug, slug), rule=rule
    )


def _beside(clocks: Clocks, kind: Promised) -> str:
    """The other promise in a line."""
    other = next((each for each in clocks.readings if each is not kind), None)
    if other is None:
        return ""
    reading = clocks.readings[other]
    said = {"kind": str(KINDS[other]), "used": length_words(reading.elapsed), "target": length_words(reading.target)}
    if reading.met is None:
        return _("%(kind)s: %(used)s of %(target)s used") % said
    return (
        _("%(kind)s kept, %(used)s of %(target)s")
        if reading.breached is None
        else _("%(kind)s late, %(used)s of %(target)s")
    ) % said


def _which(clocks: Clocks, kind: Promised) -> list[dict[str, Any]]:
    if len(clocks.readings) < 2:
        return []
    return [{"label": KINDS[each], "url": f"?clock={each}#clock", "on": each is kind} for each in clocks.readings]


def _linked(ref: RecordRef, row: Model) -> Linked:
    return Linked(ref, record_title(row), record_url(row) or "", record_kind(ref.kind).label)


def _why(found: Ticket) -> list[dict[str, Any]]:
    labels = dict(Level.choices)
    return [
        {"label": _("Impact"), "text": labels[found.impact]},
        {"label": _("Urgency"), "text": labels[found.urgency]},
        {"label": _("Rule"), "text": _("Impact × urgency, by the matrix of ITIL")},
    ]


@verb(ticket, "take", permission="tickets.work")
def _take(request: Request, number: str) -> Done:
    found = queries.ticket(number)
    before = str(found.assignee.uid) if found.assignee else ""
    ticket_assign(actor=acting(), ticket=found, assignee=request.user)
    args = {"number": number, "before": before}
    return Done(_("%(number)s is yours.") % {"number": number}, undo="tickets.take", undo_args=args)


@undoes("tickets.take")
def _give_back(*, actor: Actor, number: str, before: str) -> None:
    person = User.objects.filter(uid=before).first() if before else None
    ticket_assign(actor=actor, ticket=queries.ticket(number), assignee=person)


@verb(ticket, "say", permission="tickets.note")
def _say(request: Request, number: str) -> Done:
    found, actor = queries.ticket(number), acting()
    body, then = request.POST.get("text", ""), request.POST.get("then", "")
    files = [Attached(each.name or "", each) for each in request.FILES.getlist("file")]
    if request.POST.get("kind") == "internal":
        ticket_write_note(actor=actor, ticket=found, body=body, files=files)
        return Done(_("The note was added. Only staff read it."))
    if request.POST.get("kind") != "public":
        raise Refused("kind", _("Say whether it is a public reply or an internal note."))
    ticket_reply(actor=actor, ticket=found, body=body, files=files)
    if then == "resolve":
        ticket_resolve(actor=actor, ticket=found, resolution=body)
        return Done(_("The reply was sent, and %(number)s is resolved.") % {"number": number})
    if found.requester is None or not found.requester.email:
        return Done(_("The reply was added. Nobody gets it by mail: the ticket has no requester with an address."))
    return Done(_("The reply goes to %(name)s.") % {"name": found.requester.name})


@verb(ticket, "unlink", permission="tickets.work")
def _unlink(request: Request, number: str) -> Done:
    found = queries.ticket(number)
    try:
        ref = RecordRef.parse(request.POST.get("ref", ""))
    except ValueError:
        raise Refused("ref", _("This link is no longer there.")) from None
    ticket_unlink(actor=acting(), ticket=found, ref=ref)
    return Done(_("The link was taken away."))


def _setting(status: TicketStatus) -> Callable[..., Done]:
    def run(request: Request, number: str) -> Done:
        found = queries.ticket(number)
        before = found.status
        ticket_set_status(actor=acting(), ticket=found, status=status)
        back = status != TicketStatus.CLOSED and before != TicketStatus.NEW
        return Done(
            _("%(number)s: %(status)s.") % {"number": number, "status": status.label},
            undo="tickets.set" if back else "",
            undo_args={"number": number, "status": before},
        )

    return run


for _status in (*sorted(life.WORKED), life.CLOSED):
    verb(ticket, f"set-{_status.replace('_', '-')}", permission="tickets.work")(_setting(TicketStatus(_status)))


@undoes("tickets.set")
def _set_back(*, actor: Actor, number: str, status: str) -> None:
    ticket_set_status(actor=actor, ticket=queries.ticket(number), status=status)
