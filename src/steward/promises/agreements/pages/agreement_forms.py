# SPDX-License-Identifier: Apache-2.0
"""Drafting, amending and ending contracts."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Client
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted, zone_choices
from steward.promises.agreements import queries
from steward.promises.agreements.actions import AgreementTerms, agreement_amend, agreement_create, agreement_end
from steward.promises.agreements.models import AgreementVersion
from steward.promises.sla.public import SlaPolicy, policies_in_use


def _date() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TermsForm(forms.Form):
    """What one version says."""

    policy: "forms.ModelChoiceField[SlaPolicy]" = forms.ModelChoiceField(
        None,
        label=gettext_lazy("Policy"),
        to_field_name="uid",
        help_text=gettext_lazy("How soon you answer and solve, by priority."),
    )
    response_clause = forms.CharField(
        label=gettext_lazy("Clause of the response"),
        max_length=20,
        initial="3.1",
        help_text=gettext_lazy("Cited wherever the clock is explained."),
    )
    resolution_clause = forms.CharField(label=gettext_lazy("Clause of the resolution"), max_length=20, initial="3.2")
    scope = forms.CharField(
        label=gettext_lazy("Scope of work"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("What is in scope, and what is not, as the contract says it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["policy"].queryset = policies_in_use()  # type: ignore[attr-defined]  # a ModelChoiceField

    def terms(self) -> AgreementTerms:
        """What was chosen."""
        values = self.cleaned_data
        return AgreementTerms(values["policy"], values["response_clause"], values["resolution_clause"], values["scope"])


class AgreementForm(TermsForm):
    """A new contract."""

    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(
        None, label=gettext_lazy("Client"), to_field_name="slug"
    )
    title = forms.CharField(
        label=gettext_lazy("Title"), max_length=120, help_text=gettext_lazy("Such as Managed services 2027.")
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        choices=zone_choices,
        help_text=gettext_lazy("Its days and months are those of this zone."),
    )
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=_date())
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        widget=_date(),
        help_text=gettext_lazy("Empty: no end is agreed."),
    )
    field_order = (
        "client",
        "title",
        "starts_on",
        "ends_on",
        "timezone",
        "policy",
        "response_clause",
        "resolution_clause",
        "scope",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = Client.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


class AmendForm(TermsForm):
    """Other terms, from a time on."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=300, help_text=gettext_lazy("Such as Change order 2.")
    )
    valid_from = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: from now on. What was opened before keeps its terms."),
    )


class EndForm(forms.Form):
    """The last day of a contract."""

    ends_on = forms.DateField(label=gettext_lazy("Last day"), widget=_date())
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


@page(
    "agreements/new/",
    permission="agreements.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New contract"),
    parent="agreements.agreements",
    template="ui/form.html",
    create=True,
)
def agreement_new(request: Request) -> FormContext | HttpResponse:
    """Draft a contract."""
    initial = {"timezone": timezone.get_current_timezone_name(), "client": request.GET.get("client", "")}
    form = AgreementForm(posted(request), initial=initial)

    def act(values: dict[str, Any]) -> Done:
        made = agreement_create(
            values["client"],
            actor=acting(),
            title=values["title"],
            timezone=values["timezone"],
            starts_on=values["starts_on"],
            ends_on=values["ends_on"],
            terms=form.terms(),
        )
        return Done(
            _("%(number)s is drafted. Put it into force when it is signed.") % {"number": made.number},
            goto=reverse("agreements.agreement", args=[made.number]),
        )

    return submitted(
        request,
        form,
        act,
        submit=_("Draft contract"),
        cancel_url=reverse("agreements.agreements"),
        draft="agreements.agreement.new",
    )


@page(
    "agreements/<str:number>/change/",
    permission="agreements.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Amend"),
    parent="agreements.agreements",
    template="ui/form.html",
)
def agreement_change(request: Request, number: str) -> FormContext | HttpResponse:
    """Have a contract say something else from a time on."""
    found = queries.agreement(number)
    form = AmendForm(posted(request), initial=_of(queries.versions_of(found)[0]))
    back = reverse("agreements.agreement", args=[number])

    def act(values: dict[str, Any]) -> Done:
        agreement_amend(
            found, actor=acting(), terms=form.terms(), reason=values["reason"], valid_from=values["valid_from"]
        )
        return Done(_("%(number)s was amended.") % {"number": number}, goto=back)

    return submitted(request, form, act, title=str(found), submit=_("Amend"), cancel_url=back)


@page(
    "agreements/<str:number>/end/",
    permission="agreements.manage",
    kind=Kind.FORM,
    title=gettext_lazy("End a contract"),
    parent="agreements.agreements",
    template="ui/form.html",
)
def agreement_finish(request: Request, number: str) -> FormContext | HttpResponse:
    """Give a contract its last day."""
    found = queries.agreement(number)
    form = EndForm(posted(request), initial={"ends_on": timezone.localdate()})
    back = reverse("agreements.agreement", args=[number])

    def act(values: dict[str, Any]) -> Done:
        agreement_end(found, actor=acting(), **values)
        return Done(_("%(number)s has its last day.") % {"number": number}, goto=back)

    return submitted(request, form, act, title=str(found), submit=_("End contract"), cancel_url=back, danger=True)


def _of(version: AgreementVersion) -> dict[str, Any]:
    return {
        "policy": version.policy.uid,
        "response_clause": version.response_clause,
        "resolution_clause": version.resolution_clause,
        "scope": version.scope,
    }
