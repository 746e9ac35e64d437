# SPDX-License-Identifier: Apache-2.0
"""The forms of this room: what is common to all, and the fields that a configuration's schema asks for."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from steward.watch.alerts.public import Severity
from steward.watch.monitoring.schema_fields import PREFIX, fields_of


class _Configured(forms.Form):
    """A form with the fields of a configuration after its own."""

    def __init__(self, *args: Any, schema: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.update(fields_of(schema))

    def add_error(self, field: str | None, error: Any) -> None:
        """A refusal that names a part of the configuration stands beside it."""
        super().add_error(f"{PREFIX}{field}" if f"{PREFIX}{field}" in self.fields else field, error)


class RuleForm(_Configured):
    """A rule."""

    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, initial=Severity.MAJOR)
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)


class OverrideForm(_Configured):
    """What holds of a rule for a client or an asset."""

    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    enabled = forms.BooleanField(label=_("Switched on"), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)


class CheckForm(_Configured):
    """A check."""

    name = forms.CharField(label=_("Name"), max_length=80)
    interval_seconds = forms.IntegerField(label=_("Every … seconds"), min_value=1, max_value=86_400, initial=60)
    timeout_seconds = forms.FloatField(label=_("Wait … seconds for an answer"), min_value=0.1, max_value=60, initial=10)
    enabled = forms.BooleanField(label=_("Switched on"), required=False, initial=True)
