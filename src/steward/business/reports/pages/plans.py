# SPDX-License-Identifier: Apache-2.0
"""When clients' reports are made, and who is mailed them: the list of all clients, and the form for one."""

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.business.reports.actions import plan_set
from steward.business.reports.models import ReportPlan
from steward.business.reports.plan_table import PLANS
from steward.business.reports.plans import chosen_contacts, contacts_offered, next_due, plan_of, zone_of
from steward.business.reports.words import month_words
from steward.core.tenancy.public import Client
from steward.core.ui.public import (
    Done,
    FormContext,
    Kind,
    Listed,
    Request,
    acting,
    listed,
    page,
    posted,
    submitted,
)


class PlanForm(forms.Form):
    """What `plan_set` takes."""

    enabled = forms.BooleanField(
        label=gettext_lazy("Make a report of every month"),
        required=False,
        help_text=gettext_lazy("A draft at first, which the client does not see."),
    )
    day = forms.IntegerField(
        label=gettext_lazy("On this day of the month after"),
        min_value=ReportPlan.FIRST_DAY,
        max_value=ReportPlan.LAST_DAY,
        help_text=gettext_lazy("1 to 28. A day or two later than the first, measurements that come late are in it."),
    )
    at = forms.TimeField(label=gettext_lazy("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    issues = forms.BooleanField(
        label=gettext_lazy("Issue and mail it without a person's look"),
        required=False,
        help_text=gettext_lazy(
            "Otherwise the draft waits until somebody issues it. One with a section that could not be counted waits in any case."
        ),
    )
    contacts = forms.MultipleChoiceField(
        label=gettext_lazy("Mailed to"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy(
            "Whenever a report is issued, by whomever: the PDF in the contact's own language. Contacts without an address are not offered."
        ),
    )

    def __init__(self, *args: Any, client: Client, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(str(each.uid), f"{each.name}, {each.email}") for each in contacts_offered(client)]
        self.fields["contacts"].choices = offered  # type: ignore[attr-defined]  # this field has some
        self.fields["at"].help_text = _("By the client's clock: %(zone)s.") % {"zone": zone}


@page(
    "report-plans/",
    permission="reports.plan",
    kind=Kind.LIST,
    title=gettext_lazy("When reports are made"),
    table=PLANS,
    parent="reports.reports",
    template="ui/list.html",
)
def plans(request: Request) -> Listed:
    """What is decided for each client."""
    return listed(PLANS, request)


@page(
    "report-plans/<slug:slug>/",
    permission="reports.plan",
    kind=Kind.FORM,
    title=gettext_lazy("When reports are made"),
    parent="reports.plans",
)
def plan(request: Request, slug: str) -> FormContext | HttpResponse:
    """Decide for one client."""
    client = Client.objects.get(slug=slug)
    found, zone = plan_of(client), zone_of(client)

    def act(values: dict[str, Any]) -> Done:
        contacts = [UUID(each) for each in values.pop("contacts")]
        plan_set(client, actor=acting(), contacts=contacts, **values)
        return Done(_("Saved for %(client)s.") % {"client": client.name}, goto=reverse("reports.plans"))

    initial = {name: getattr(found, name) for name in ("enabled", "day", "at", "issues")}
    initial["contacts"] = [str(each) for each in chosen_contacts(found)]
    form = PlanForm(posted(request), initial=initial, client=client, zone=zone)
    title = _("Monthly reports of %(client)s") % {"client": client.name}
    extra = {"next": _next(found, zone)}
    back = reverse("reports.plans")
    return submitted(request, form, act, title=title, submit=_("Save"), cancel_url=back, extra=extra)


def _next(found: ReportPlan, zone: str) -> str:
    if not found.enabled:
        return _("None is made by itself now.")
    first, at = next_due(found, zone, timezone.now())
    said = {"month": month_words(first), "at": date_format(at, "j M Y, H:i"), "zone": zone}
    return _("The next one is of %(month)s, on %(at)s (%(zone)s).") % said
