# SPDX-License-Identifier: Apache-2.0
"""Fields of the forms about agents; what is allowed, the actions decide."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from steward.core.tenancy.public import Client
from steward.estate.agents import queries
from steward.estate.agents.models import Agent
from steward.estate.assets.public import AssetKind

LIVES = ((1, _("1 hour")), (24, _("1 day")), (168, _("1 week")), (720, _("30 days")), (2160, _("90 days")))


SECONDS = ((10, _("10 seconds")), (30, _("30 seconds")), (60, _("60 seconds")))


class WhoseForm(forms.Form):
    """Which client something is for."""

    client: Any = forms.ModelChoiceField(label=_("Client"), queryset=None, to_field_name="slug")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = queries.open_clients()  # type: ignore[attr-defined]  # this field has one


class TokenForm(forms.Form):
    """A new enrolment token."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Where it will be used, such as “Gebze servers, March”.")
    )
    hours = forms.TypedChoiceField(label=_("Good for"), choices=LIVES, coerce=int, initial=24)
    max_uses = forms.IntegerField(label=_("How many machines"), min_value=1, max_value=10_000, initial=1)
    site: Any = forms.ModelChoiceField(
        label=_("Site"), queryset=None, required=False, empty_label=_("No particular one")
    )
    pre_approved = forms.BooleanField(
        label=_("Machines need no approval"),
        required=False,
        help_text=_("Whoever has this token is believed. Only an owner can say so."),
    )

    def __init__(self, *args: Any, client: Client, may_preapprove: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["site"].queryset = queries.sites_for(client)  # type: ignore[attr-defined]  # this field has one
        if not may_preapprove:
            del self.fields["pre_approved"]


class ApproveForm(forms.Form):
    """As which asset a machine is approved."""

    asset: Any = forms.ModelChoiceField(
        label=_("Asset"),
        queryset=None,
        required=False,
        to_field_name="number",
        empty_label=_("A new one, named after the machine"),
    )
    kind = forms.ChoiceField(
        label=_("Kind of a new asset"),
        choices=AssetKind.choices,
        initial=AssetKind.OTHER,
        help_text=_("“Other” is replaced by what the inventory shows."),
    )

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asset"].queryset = queries.assets_for(agent)  # type: ignore[attr-defined]  # this field has one


class MoveForm(forms.Form):
    """For which asset an agent speaks, and how often."""

    asset: Any = forms.ModelChoiceField(label=_("Asset"), queryset=None, to_field_name="number")
    site: Any = forms.ModelChoiceField(
        label=_("Site"), queryset=None, required=False, empty_label=_("No particular one")
    )
    seconds = forms.TypedChoiceField(label=_("Samples every"), choices=SECONDS, coerce=int)

    def __init__(self, *args: Any, agent: Agent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asset"].queryset = queries.assets_for(agent)  # type: ignore[attr-defined]  # these fields have one
        self.fields["site"].queryset = queries.sites_for(agent.client)  # type: ignore[attr-defined]  # the same
