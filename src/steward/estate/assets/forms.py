# SPDX-License-Identifier: Apache-2.0
"""Fields of the forms about assets; what is allowed, the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Client
from steward.estate.assets import queries
from steward.estate.assets.models import Asset, AssetKind, AssetState, RelationKind
from steward.estate.clients.public import Criticality


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WhoseForm(forms.Form):
    """Which client something is for."""

    client: Any = forms.ModelChoiceField(label=_("Client"), queryset=None, to_field_name="slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = queries.open_clients()  # type: ignore[attr-defined]  # this field has one


class AssetForm(forms.Form):
    """What may be said of an asset."""

    name = forms.CharField(label=_("Name"), max_length=253, help_text=_("As people know it, such as acme-sql-02."))
    kind = forms.ChoiceField(label=_("Kind"), choices=AssetKind.choices)
    state = forms.ChoiceField(label=_("State"), choices=AssetState.choices, initial=AssetState.IN_SERVICE)
    criticality = forms.ChoiceField(label=_("Criticality"), choices=Criticality.choices, initial=Criticality.MEDIUM)
    criticality_reason = forms.CharField(
        label=_("Why so critical"), max_length=300, required=False, help_text=_("What stands still without it.")
    )
    site: Any = forms.ModelChoiceField(
        label=_("Site"), queryset=None, required=False, empty_label=_("No particular one")
    )
    place = forms.CharField(label=_("Place"), max_length=120, required=False, help_text=_("Room, rack, desk."))
    owner: Any = forms.ModelChoiceField(
        label=_("Owner"),
        queryset=None,
        required=False,
        empty_label=_("Nobody yet"),
        help_text=_("Who at the client answers for it."),
    )
    vendor = forms.CharField(label=_("Vendor"), max_length=256, required=False)
    product = forms.CharField(label=_("Product"), max_length=256, required=False)
    serial = forms.CharField(label=_("Serial number"), max_length=256, required=False)
    purchased_on = forms.DateField(label=_("Purchased on"), required=False, widget=_day())
    warranty_until = forms.DateField(label=_("Warranty until"), required=False, widget=_day())
    support_until = forms.DateField(label=_("Supported until"), required=False, widget=_day())
    notes = forms.CharField(
        label=_("Notes"), max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = queries.sites_for(client)  # type: ignore[attr-defined]  # these fields have one
        self.fields["owner"].queryset = queries.owners_for(client)  # type: ignore[attr-defined]  # the same


class RelationForm(forms.Form):
    """How an asset hangs on another."""

    kind = forms.ChoiceField(label=_("This asset"), choices=RelationKind.choices)
    target: Any = forms.ModelChoiceField(label=_("Which"), queryset=None, to_field_name="number")
    notes = forms.CharField(label=_("Notes"), max_length=300, required=False)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["target"].queryset = queries.related_choices(asset)  # type: ignore[attr-defined]  # this field has one


class NotesForm(forms.Form):
    """What is noted about a relation."""

    notes = forms.CharField(label=_("Notes"), max_length=300, required=False)
