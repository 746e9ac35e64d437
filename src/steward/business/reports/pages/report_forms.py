# SPDX-License-Identifier: Apache-2.0
"""Making a report, and making one again."""

from datetime import timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.business.reports import queries
from steward.business.reports.actions import report_draft, report_reissue
from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted


class ReportForm(forms.Form):
    """Whose month."""

    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None, label=gettext_lazy("Client"), to_field_name="slug"
    )
    month = forms.CharField(
        label=gettext_lazy("Month"),
        max_length=7,
        widget=forms.TextInput(attrs={"type": "month", "placeholder": "2026-10"}),
        help_text=gettext_lazy("One that is over, or the one that goes on: its draft shows what is known so far."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


class ReissueForm(forms.Form):
    """Why."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("Such as: measurements of a machine came late. The client reads it."),
    )


@page(
    "reports/new/",
    permission="reports.make",
    kind=Kind.FORM,
    title=gettext_lazy("Make a report"),
    parent="reports.reports",
    template="ui/form.html",
    create=True,
)
def report_new(request: Request) -> FormContext | HttpResponse:
    """Count a month into a draft."""
    before = timezone.localdate().replace(day=1) - timedelta(days=1)
    initial = {"client": request.GET.get("client", ""), "month": f"{before:%Y-%m}"}
    form = ReportForm(posted(request), initial=initial)

    def act(values: dict[str, Any]) -> Done:
        made = report_draft(values["client"], actor=acting(), month=values["month"])
        return Done(
            _("%(number)s is being counted. The client sees it when it is issued.") % {"number": made.number},
            goto=reverse("reports.report", args=[made.number]),
        )

    return submitted(request, form, act, submit=_("Count the month"), cancel_url=reverse("reports.reports"))


@page(
    "reports/<str:number>/reissue/",
    permission="reports.make",
    kind=Kind.FORM,
    title=gettext_lazy("Reissue"),
    parent="reports.reports",
    template="ui/form.html",
)
def report_again(request: Request, number: str) -> FormContext | HttpResponse:
    """Count an issued month anew, as a draft beside what was issued."""
    found = queries.report(number)

    def act(values: dict[str, Any]) -> Done:
        report_reissue(found, actor=acting(), reason=values["reason"])
        return Done(_("%(number)s is being counted anew. You may leave.") % {"number": number}, goto=back)

    back = reverse("reports.report", args=[number])
    return submitted(
        request, ReissueForm(posted(request)), act, title=str(found), submit=_("Count anew"), cancel_url=back
    )
