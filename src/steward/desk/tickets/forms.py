# SPDX-License-Identifier: Apache-2.0
"""Fields of the forms about tickets; what is allowed, the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import staff_holding
from steward.core.tenancy.public import Client
from steward.desk.tickets import queries
from steward.desk.tickets.models import SUMMARY_LENGTH, TEXT_LENGTH, Level, TicketKind
from steward.estate.assets.public import assets_of


class WhoseForm(forms.Form):
    """Whose matter it is."""

    client: Any = forms.ModelChoiceField(label=_("Client"), queryset=None, to_field_name="slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = queries.open_clients()  # type: ignore[attr-defined]  # this field has one


class TicketForm(forms.Form):
    """What may be said of a ticket."""

    summary = forms.CharField(
        label=_("Summary"), max_length=SUMMARY_LENGTH, help_text=_("In a line, as the client would say it.")
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=TEXT_LENGTH,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("What happens, since when, what was tried. The client's people read it."),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=TicketKind.choices)
    impact = forms.TypedChoiceField(
        label=_("Impact"),
        choices=Level.choices,
        coerce=int,
        initial=Level.MEDIUM,
        help_text=_("How many people or services it touches. Impact and urgency make the priority."),
    )
    urgency = forms.TypedChoiceField(
        label=_("Urgency"),
        choices=Level.choices,
        coerce=int,
        initial=Level.MEDIUM,
        help_text=_("How soon it hurts."),
    )
    requester: Any = forms.ModelChoiceField(
        label=_("Requester"),
        queryset=None,
        required=False,
        empty_label=_("Nobody in particular"),
        help_text=_("Gets public replies by mail."),
    )
    asset: Any = forms.ModelChoiceField(
        label=_("Asset"), queryset=None, required=False, empty_label=_("None in particular"), to_field_name="number"
    )
    queue: Any = forms.ModelChoiceField(
        label=_("Queue"), queryset=None, required=False, empty_label=_("The default one"), to_field_name="uid"
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["requester"].queryset = queries.contacts_of(client)
        fields["asset"].queryset = assets_of(client).order_by("name", "pk")
        fields["queue"].queryset = queries.queues_in_use()


class ChangeForm(TicketForm):
    """The same of a ticket that is there; `seen` is the version that was shown."""

    tier = forms.TypedChoiceField(label=_("Tier"), choices=[(each, str(each)) for each in (1, 2, 3)], coerce=int)
    seen = forms.IntegerField(widget=forms.HiddenInput)


class AssignForm(forms.Form):
    """Who works on a ticket."""

    assignee: Any = forms.ModelChoiceField(
        label=_("Assignee"),
        queryset=None,
        required=False,
        empty_label=_("Nobody: it waits in its queue"),
        to_field_name="uid",
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["assignee"].queryset = staff_holding(queries.WORKS, client)


class ResolveForm(forms.Form):
    """What was done."""

    resolution = forms.CharField(
        label=_("What was done"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The client's people read it, and so does the monthly report."),
    )


class LinkForm(forms.Form):
    """What a ticket has to do with."""

    what = forms.CharField(
        label=_("What"),
        max_length=200,
        help_text=_("A number such as A-17, or words from its name; of the same client."),
    )


class QueueForm(forms.Form):
    """A place where tickets wait."""

    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("A team or a subject, such as Service desk."))
    description = forms.CharField(label=_("Description"), max_length=300, required=False)
    is_default = forms.BooleanField(label=_("For tickets that name no queue"), required=False)
