# SPDX-License-Identifier: Apache-2.0
"""Making a calendar, giving it other hours, calling it something else."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import RefusedMany
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, zone_choices
from steward.promises.sla import queries
from steward.promises.sla.actions import CalendarHours, calendar_create, calendar_rename, calendar_revise
from steward.promises.sla.holidays import countries, public_holidays
from steward.promises.sla.models import SlaCalendarVersion
from steward.promises.sla.week import DAYS, days_of, intervals_of, words_of

YEARS_AHEAD: Final = 2


class NameForm(forms.Form):
    """What a calendar is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)


class HoursForm(forms.Form):
    """What is open. A field for each weekday is added."""

    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        help_text=gettext_lazy("The zone that the hours are meant in."),
    )
    always = forms.BooleanField(
        label=gettext_lazy("Around the clock"),
        required=False,
        help_text=gettext_lazy("Every instant counts; hours and holidays are left aside."),
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Add the public holidays of"),
        required=False,
        help_text=gettext_lazy(
            "This year's and those of the next two years are added to the list when you save. Look at them: some are half days."
        ),
    )
    holidays = forms.CharField(
        label=gettext_lazy("Holidays"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("One date a line, such as 2026-04-23. On these days nothing is open."),
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: from now on. What was before stays as it was."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("No country")), *countries()]  # type: ignore[attr-defined]  # a ChoiceField
        for place, day in enumerate(DAYS):
            self.fields[day] = forms.CharField(label=str(WEEKDAYS[place]), max_length=120, required=False)
        order = ["name", "timezone", "always", *DAYS, "country", "holidays", "valid_from"]
        self.fields[DAYS[0]].help_text = _(
            "Such as 09:00-12:30, 13:30-18:00. Empty: closed. A night shift is 22:00-24:00 and 00:00-06:00 of the next day."
        )
        self.order_fields(order)

    def hours(self) -> CalendarHours:
        """What was chosen. Raises RefusedMany naming the fields."""
        values = self.cleaned_data
        week, errors = {}, {}
        for day in DAYS:
            try:
                week[day] = intervals_of(day, values[day])
            except RefusedMany as wrong:
                errors.update(wrong.errors)
        try:
            holidays = days_of("holidays", values["holidays"])
        except RefusedMany as wrong:
            errors.update(wrong.errors)
        if errors:
            raise RefusedMany(errors)
        this_year = timezone.now().year
        if values["country"]:
            holidays += public_holidays(values["country"], range(this_year, this_year + YEARS_AHEAD + 1))
        open_days = {day: pairs for day, pairs in week.items() if pairs}
        return CalendarHours(values["timezone"], values["always"], open_days, sorted(set(holidays)))


class NewCalendarForm(NameForm, HoursForm):
    """A calendar with its first hours."""

    valid_from = None  # type: ignore[assignment]  # Django's way to leave a field of the base out


@page(
    "sla/calendars/new/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New calendar"),
    parent="sla.calendars",
    template="ui/form.html",
)
def calendar_new(request: Request) -> FormContext | HttpResponse:
    """Make a calendar."""
    week = dict.fromkeys(DAYS[:5], "09:00-18:00")
    form = NewCalendarForm(posted(request), initial={"timezone": timezone.get_current_timezone_name(), **week})

    def act(values: dict[str, Any]) -> Done:
        made = calendar_create(actor=acting(), name=values["name"], hours=form.hours())
        return Done(
            _("Policies can reckon by %(name)s now.") % {"name": made.name},
            goto=reverse("sla.calendar", args=[made.uid]),
        )

    return submitted(
        request, form, act, submit=_("Add calendar"), cancel_url=reverse("sla.calendars"), draft="sla.calendar.new"
    )


@page(
    "sla/calendars/<uuid:uid>/change/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change hours"),
    parent="sla.calendars",
    template="ui/form.html",
)
def calendar_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Give a calendar other hours from a time on."""
    found = queries.calendar(uid)
    form = HoursForm(posted(request), initial=_of(found.versions.order_by("-valid_from")[0]))

    def act(values: dict[str, Any]) -> Done:
        calendar_revise(found, actor=acting(), hours=form.hours(), valid_from=values["valid_from"])
        return Done(_("%(name)s has new hours.") % {"name": found.name}, goto=reverse("sla.calendar", args=[uid]))

    cancel = reverse("sla.calendar", args=[uid])
    return submitted(request, form, act, title=found.name, submit=_("Change hours"), cancel_url=cancel)


@page(
    "sla/calendars/<uuid:uid>/name/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Name of the calendar"),
    parent="sla.calendars",
    template="ui/form.html",
)
def calendar_name(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Call a calendar something else."""
    found = queries.calendar(uid)

    def act(values: dict[str, Any]) -> Done:
        calendar_rename(found, actor=acting(), **values)
        return Done(_("The calendar was renamed."), goto=reverse("sla.calendar", args=[uid]))

    form, cancel = NameForm(posted(request), initial={"name": found.name}), reverse("sla.calendar", args=[uid])
    return submitted(request, form, act, title=found.name, submit=_("Save"), cancel_url=cancel)


def _of(version: SlaCalendarVersion) -> dict[str, Any]:
    week = {day: words_of(pairs) for day, pairs in version.week.items()}
    holidays = "\n".join(
        each.isoformat() for each in version.holidays if each >= timezone.now().date() - timedelta(days=400)
    )
    return {"timezone": version.timezone, "always": version.always, "holidays": holidays, **week}
