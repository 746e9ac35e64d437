# SPDX-License-Identifier: Apache-2.0
"""Fields of the forms about clients; what is allowed, the actions decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Client
from steward.estate.clients import queries
from steward.estate.clients.models import ContactRole, Criticality
from steward.settings.zones import zone_names


def _zones(empty: Any) -> list[tuple[str, Any]]:
    first = [("", empty)] if empty else []
    return [
        *first,
        *((zone, zone.replace("_", " ")) for zone in sorted(zone_names()) if "/" in zone or zone == "UTC"),
    ]


def _languages(empty: Any) -> list[tuple[str, Any]]:
    first = [("", empty)] if empty else []
    return [*first, *((code, words) for code, words in settings.LANGUAGES if code != settings.PSEUDO_LOCALE)]


class ProfileForm(forms.Form):
    """What is known about a client."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("As people call it."))
    legal_name = forms.CharField(
        label=_("Legal name"), max_length=200, required=False, help_text=_("As it stands on invoices.")
    )
    criticality = forms.ChoiceField(label=_("Criticality"), choices=Criticality.choices, initial=Criticality.MEDIUM)
    criticality_reason = forms.CharField(
        label=_("Why so critical"),
        max_length=300,
        required=False,
        help_text=_("What stands still there when their IT does."),
    )
    language = forms.ChoiceField(label=_("Language"), choices=lambda: _languages(None))
    timezone = forms.ChoiceField(label=_("Time zone"), choices=lambda: _zones(None), initial="UTC")
    account_manager: Any = forms.ModelChoiceField(
        label=_("Account manager"), queryset=None, required=False, empty_label=_("Nobody yet")
    )
    notes = forms.CharField(
        label=_("Notes"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("For your own staff only."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["account_manager"].queryset = queries.account_managers()  # type: ignore[attr-defined]  # this field has one


class NewClientForm(ProfileForm):
    """A new client."""

    slug = forms.SlugField(
        label=_("Address"),
        max_length=40,
        required=False,
        help_text=_(
            "The client's place in addresses, such as acme-logistics. Made of the name when left empty, and never changed."
        ),
    )
    field_order = ["name", "slug"]


class SiteForm(forms.Form):
    """A place of a client."""

    name = forms.CharField(label=_("Name"), max_length=120)
    address = forms.CharField(
        label=_("Street address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("Two letters, such as TR or DE.")
    )
    timezone = forms.ChoiceField(label=_("Time zone"), choices=lambda: _zones(_("As the client")), required=False)
    notes = forms.CharField(
        label=_("Notes"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class ContactForm(forms.Form):
    """Somebody at a client."""

    name = forms.CharField(label=_("Name"), max_length=120)
    job_title = forms.CharField(label=_("Position"), max_length=120, required=False)
    roles = forms.MultipleChoiceField(
        label=_("There for"), choices=ContactRole.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    email = forms.CharField(label=_("E-mail"), max_length=254, required=False, widget=forms.EmailInput)
    phone = forms.CharField(
        label=_("Telephone"), max_length=40, required=False, widget=forms.TextInput(attrs={"type": "tel"})
    )
    site: Any = forms.ModelChoiceField(
        label=_("Site"), queryset=None, required=False, empty_label=_("No particular one")
    )
    language = forms.ChoiceField(label=_("Language"), choices=lambda: _languages(_("As the client")), required=False)
    timezone = forms.ChoiceField(
        label=_("Time zone"), choices=lambda: _zones(_("As the site or the client")), required=False
    )
    notes = forms.CharField(
        label=_("Notes"), max_length=5_000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = queries.sites(client)  # type: ignore[attr-defined]  # this field has one
