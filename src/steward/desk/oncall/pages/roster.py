# SPDX-License-Identifier: Apache-2.0
"""One roster: its turns, what people took over, and the forms that change it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.identity.public import User
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, verb
from steward.desk.oncall import queries
from steward.desk.oncall.actions import override_add, override_remove, roster_create, roster_edit
from steward.desk.oncall.forms import OverrideForm, RosterForm
from steward.desk.oncall.models import Override, Roster
from steward.desk.oncall.pages.duty import names_in
from steward.desk.oncall.picture import Line, Week, drawn, moment
from steward.desk.oncall.reaching import db_now
from steward.desk.oncall.schedule import Interval, Shift
from steward.desk.oncall.words import shift_words


@dataclass(frozen=True, slots=True)
class RosterPage:
    """A roster's record."""

    title: str
    found: Roster
    shift: str
    turns: list[User]
    covering: list[Override]
    roster: dict[str, Any]


@page(
    "oncall/rosters/<uuid:uid>/",
    permission="oncall.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Roster"),
    parent="oncall.duty",
)
def roster(request: Request, uid: UUID) -> RosterPage:
    """Who is on duty in one roster."""
    found, now = queries.roster(uid), db_now()
    address = reverse("oncall.roster", args=[uid])
    week = Week.of(request.GET.get("week", ""), timezone.localdate())
    covering = [each for each in queries.overrides_of(found) if each.ends_at > now]
    line = Line(found.name, address, queries.shifts(found, week.window))
    return RosterPage(
        title=found.name,
        found=found,
        shift=shift_words(found.length, found.unit),
        turns=[each.person for each in found.members.all()],
        covering=sorted(covering, key=lambda each: each.starts_at),
        roster=drawn(week, [line], names_in([found]), me=request.user.pk, url=address),
    )


@verb(roster, "give-back", permission="oncall.override")
def _give_back(request: Request, uid: UUID) -> Done:
    found = queries.override(uid, request.POST.get("override", ""))
    override_remove(found, actor=acting())
    return Done(_("The roster goes by its turns again there."))


@page(
    "oncall/rosters/new/",
    permission="oncall.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New roster"),
    parent="oncall.duty",
    template="ui/form.html",
)
def roster_new(request: Request) -> FormContext | HttpResponse:
    """Set up a roster."""
    initial = {"zone": request.user.timezone, "starts_on": timezone.localdate()}

    def act(values: dict[str, Any]) -> Done:
        made = roster_create(actor=acting(), **RosterForm.values_of(values))
        return Done(
            _("%(name)s was added. Say in an escalation that it is called.") % {"name": made.name},
            goto=reverse("oncall.roster", args=[made.uid]),
        )

    form = RosterForm(posted(request), initial=initial)
    return submitted(
        request, form, act, submit=_("Add roster"), cancel_url=reverse("oncall.duty"), draft="oncall.roster"
    )


@page(
    "oncall/rosters/<uuid:uid>/edit/",
    permission="oncall.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change roster"),
    parent="oncall.roster",
    template="ui/form.html",
)
def roster_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Change a roster."""
    found, address = queries.roster(uid), reverse("oncall.roster", args=[uid])

    def act(values: dict[str, Any]) -> Done:
        made = roster_edit(found, actor=acting(), **RosterForm.values_of(values))
        return Done(_("%(name)s was changed.") % {"name": made.name}, goto=address)

    form = RosterForm(posted(request), initial=RosterForm.initial_of(found), turns=len(found.members.all()))
    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=address)


@page(
    "oncall/rosters/<uuid:uid>/override/",
    permission="oncall.override",
    kind=Kind.FORM,
    title=gettext_lazy("Take over a shift"),
    parent="oncall.roster",
    template="oncall/override_new.html",
)
def override_new(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Take over a shift, seeing the week before and after."""
    found, address = queries.roster(uid), reverse("oncall.roster", args=[uid])
    wanted = _wanted(request, found)
    form = OverrideForm(posted(request), initial=wanted)
    title, picture = (
        _("Take over a shift of %(name)s") % {"name": found.name},
        _before_and_after(request, found, wanted),
    )
    if "show" in request.POST:
        return FormContext(form, title, _("Take over"), address, extra=picture)

    def act(values: dict[str, Any]) -> Done:
        made = override_add(found, actor=acting(), **values)
        words = _("%(name)s is on duty from %(start)s to %(end)s.")
        said = {"name": str(made.person), "start": moment(made.starts_at), "end": moment(made.ends_at)}
        return Done(words % said, goto=address)

    return submitted(request, form, act, title=title, submit=_("Take over"), cancel_url=address, extra=picture)


def _wanted(request: Request, found: Roster) -> dict[str, Any]:
    """What is shown: what was sent, else the next shift of somebody else, for the reader."""
    asked = OverrideForm(request.POST)
    if asked.is_valid():
        return asked.cleaned_data | {"person": asked.cleaned_data["person"].uid}
    now = db_now().replace(second=0, microsecond=0) + timedelta(minutes=1)
    ahead = queries.shifts(found, Interval(now, now + timedelta(days=35)))
    others = [each for each in ahead if each.person_id != request.user.pk]
    starts_at, ends_at = (others[0].starts_at, others[0].ends_at) if others else (now, now + timedelta(hours=8))
    return {"person": request.user.uid, "starts_at": _local(starts_at), "ends_at": _local(ends_at)}


def _before_and_after(request: Request, found: Roster, wanted: dict[str, Any]) -> dict[str, Any]:
    starts_at, ends_at = wanted["starts_at"], wanted["ends_at"]
    person = queries.may_take_turns().filter(uid=wanted["person"]).first()
    week = Week.of("", timezone.localdate(starts_at))
    taken = [Shift(person.pk, starts_at, ends_at)] if person is not None and starts_at < ends_at else []
    names = names_in([found]) | ({person.pk: str(person)} if person is not None else {})
    lines = [
        Line(_("Before"), "", queries.shifts(found, week.window)),
        Line(_("After"), "", queries.shifts(found, week.window, taken)),
    ]
    picture = drawn(week, lines, names, me=request.user.pk, url="")
    return {"roster": picture | {"prev_url": "", "next_url": ""}}


def _local(at: datetime) -> datetime:
    return timezone.localtime(at).replace(second=0, microsecond=0)
