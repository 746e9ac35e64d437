# SPDX-License-Identifier: Apache-2.0
"""Opening, changing, assigning, resolving and reopening a ticket."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import Refused
from steward.core.records.public import record_ref
from steward.core.search.public import Hit, find
from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, with_reason
from steward.desk.tickets import queries
from steward.desk.tickets.actions import (
    ticket_assign,
    ticket_edit,
    ticket_link,
    ticket_open,
    ticket_reopen,
    ticket_resolve,
)
from steward.desk.tickets.forms import AssignForm, ChangeForm, LinkForm, ResolveForm, TicketForm, WhoseForm
from steward.desk.tickets.models import Ticket, TicketSource
from steward.desk.tickets.records import ticket_url


@page(
    "tickets/new/",
    permission="tickets.open",
    kind=Kind.FORM,
    title=gettext_lazy("New ticket"),
    parent="tickets.tickets",
    create=True,
    template="ui/form.html",
)
def ticket_new(request: Request) -> FormContext | HttpResponse:
    """Open a ticket: first for whom, then what about."""
    client = Client.objects.filter(slug=request.GET.get("client", "")).first()
    back = reverse("tickets.tickets")
    if client is None:
        whose = WhoseForm(posted(request))

        def go_on(values: dict[str, Any]) -> Done:
            query = urlencode({"client": values["client"].slug})
            return Done("", goto=f"{reverse('tickets.ticket_new')}?{query}")

        return submitted(request, whose, go_on, submit=_("Go on"), cancel_url=back)
    form = TicketForm(posted(request), client=client, initial={"asset": request.GET.get("asset", "")})

    def act(values: dict[str, Any]) -> Done:
        made = ticket_open(actor=acting(), client=client, source=TicketSource.CONSOLE, **values)
        return Done(_("%(number)s was opened.") % {"number": made.number}, goto=ticket_url(made))

    return submitted(
        request,
        form,
        act,
        title=_("New ticket for %(client)s") % {"client": client.name},
        submit=_("Open ticket"),
        cancel_url=back,
        draft=f"tickets.new.{client.slug}",
    )


@page(
    "tickets/<str:number>/change/",
    permission="tickets.work",
    kind=Kind.FORM,
    title=gettext_lazy("Change a ticket"),
    parent="tickets.ticket",
    template="ui/form.html",
)
def ticket_change(request: Request, number: str) -> FormContext | HttpResponse:
    """Say something else of a ticket."""
    found = queries.ticket(number)
    form = ChangeForm(posted(request), client=found.client, initial=_of(found))

    def act(values: dict[str, Any]) -> Done:
        seen = values.pop("seen")
        ticket_edit(actor=acting(), ticket=found, seen=seen, **values)
        return Done(_("%(number)s was changed.") % {"number": number}, goto=ticket_url(found))

    return submitted(request, form, act, title=str(found), submit=_("Save"), cancel_url=ticket_url(found))


@page(
    "tickets/<str:number>/assign/",
    permission="tickets.work",
    kind=Kind.FORM,
    title=gettext_lazy("Assign a ticket"),
    parent="tickets.ticket",
    template="ui/form.html",
)
def ticket_give(request: Request, number: str) -> FormContext | HttpResponse:
    """Say who works on a ticket."""
    found = queries.ticket(number)
    initial = {"assignee": found.assignee.uid if found.assignee else None}
    form = AssignForm(posted(request), client=found.client, initial=initial)

    def act(values: dict[str, Any]) -> Done:
        ticket_assign(actor=acting(), ticket=found, **values)
        name = str(values["assignee"] or "")
        words = _("%(number)s is %(name)s's now.") if name else _("%(number)s waits in its queue.")
        return Done(words % {"number": number, "name": name}, goto=ticket_url(found))

    return submitted(request, form, act, title=str(found), submit=_("Assign"), cancel_url=ticket_url(found))


@page(
    "tickets/<str:number>/resolve/",
    permission="tickets.work",
    kind=Kind.FORM,
    title=gettext_lazy("Resolve a ticket"),
    parent="tickets.ticket",
    template="ui/form.html",
)
def ticket_done(request: Request, number: str) -> FormContext | HttpResponse:
    """Say that the work is done."""
    found = queries.ticket(number)

    def act(values: dict[str, Any]) -> Done:
        ticket_resolve(actor=acting(), ticket=found, **values)
        return Done(_("%(number)s is resolved.") % {"number": number}, goto=ticket_url(found))

    form = ResolveForm(posted(request))
    return submitted(request, form, act, title=str(found), submit=_("Resolve"), cancel_url=ticket_url(found))


@page(
    "tickets/<str:number>/reopen/",
    permission="tickets.work",
    kind=Kind.FORM,
    title=gettext_lazy("Reopen a ticket"),
    parent="tickets.ticket",
    template="ui/form.html",
)
def ticket_reopen_form(request: Request, number: str) -> FormContext | HttpResponse:
    """Say that the work was not done after all."""
    found = queries.ticket(number)

    def act(reason: str) -> Done:
        ticket_reopen(actor=acting(), ticket=found, reason=reason)
        return Done(_("%(number)s is open again.") % {"number": number}, goto=ticket_url(found))

    return with_reason(request, act, title=str(found), submit=_("Reopen"), cancel_url=ticket_url(found))


@page(
    "tickets/<str:number>/link/",
    permission="tickets.work",
    kind=Kind.FORM,
    title=gettext_lazy("Link a ticket"),
    parent="tickets.ticket",
    template="ui/form.html",
)
def ticket_link_form(request: Request, number: str) -> FormContext | HttpResponse:
    """Say what a ticket has to do with."""
    found = queries.ticket(number)

    def act(values: dict[str, Any]) -> Done:
        hit = _hit(found, values["what"])
        if not ticket_link(actor=acting(), ticket=found, ref=hit.ref):
            raise Refused("what", _("%(title)s is linked already.") % {"title": hit.title})
        return Done(_("%(title)s was linked.") % {"title": hit.title}, goto=ticket_url(found))

    return submitted(
        request, LinkForm(posted(request)), act, title=str(found), submit=_("Link"), cancel_url=ticket_url(found)
    )


def _hit(found: Ticket, text: str) -> Hit:
    """The one record of the ticket's client that the words mean. Raises Refused naming those that they may mean."""
    hits = [each for each in find(text) if each.client_id == found.client_id and each.ref != record_ref(found)]
    exact = [each for each in hits if each.title.casefold().split(" ")[0] == text.strip().casefold()]
    if len(hits) == 1 or len(exact) == 1:
        return (exact or hits)[0]
    if not hits:
        raise Refused("what", _("Nothing of this client is called so."))
    titles = ", ".join(each.title for each in hits[:5])
    raise Refused("what", _("That may be several: %(titles)s. Give the number.") % {"titles": titles})


def _of(found: Ticket) -> dict[str, Any]:
    own = ("summary", "description", "kind", "impact", "urgency", "tier")
    return {name: getattr(found, name) for name in own} | {
        "requester": found.requester_id,
        "asset": found.asset.number if found.asset else None,
        "queue": found.queue.uid if found.queue else None,
        "seen": found.version,
    }
