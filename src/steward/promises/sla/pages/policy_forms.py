# SPDX-License-Identifier: Apache-2.0
"""Making a policy, giving it other terms, calling it something else."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.forms.boundfield import BoundWidget
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import Refused, RefusedMany
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, posted, submitted
from steward.promises.sla import queries
from steward.promises.sla.actions import (
    PolicyTerms,
    TargetTerms,
    ThresholdTerms,
    policy_create,
    policy_describe,
    policy_revise,
)
from steward.promises.sla.actions.usual import WARNINGS
from steward.promises.sla.durations import minutes_of, words_of
from steward.promises.sla.models import PRIORITIES, KindOfTarget, SlaPolicyVersion
from steward.promises.sla.policy import Kind as Target
from steward.promises.sla.registry import pausing_statuses, threshold_actions

PERCENTS: Final = (50, 75, 90, 100)
USUAL: Final[Mapping[str, tuple[str, str]]] = {
    "P1": ("15 min", "4 h"),
    "P2": ("1 h", "8 h"),
    "P3": ("4 h", "24 h"),
    "P4": ("8 h", "72 h"),
}


@dataclass(frozen=True, slots=True)
class Warnings:
    """What may be done at which part of a target, as a grid: an action a line, a box a part."""

    kind: str
    fields: Sequence[forms.BoundField]
    percents: Sequence[int]
    lines: Sequence[tuple[str, Sequence[tuple[str, BoundWidget]]]]  # an action, and each box with its whole name


class NameForm(forms.Form):
    """What a policy is called."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For whom it is meant, in one line."),
    )


class TermsForm(forms.Form):
    """All that one version promises. Fields for times and thresholds are made for each priority, kind and percentage."""

    valid_from = forms.DateTimeField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=gettext_lazy("Empty: from now on. What was opened before keeps its terms."),
    )
    on_priority_change = forms.ChoiceField(
        label=gettext_lazy("When the priority changes"), choices=SlaPolicyVersion.OnPriorityChange.choices
    )
    on_reopen = forms.ChoiceField(label=gettext_lazy("When it is reopened"), choices=SlaPolicyVersion.OnReopen.choices)

    def __init__(self, *args: Any, percents: Mapping[str, set[int]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.percents = {kind: sorted({*PERCENTS, *(percents or {}).get(kind, ())}) for kind in KindOfTarget.values}
        self.calendars = {str(each.uid): each for each in queries.calendars_in_use()}
        offered = [("", _("Choose a calendar")), *((uid, each.name) for uid, each in self.calendars.items())]
        for priority in PRIORITIES:
            for kind in KindOfTarget:
                self._add_target(priority, kind, offered)
        statuses = list(pausing_statuses().items())
        for kind in KindOfTarget:
            self.fields[f"pause_{kind}"] = forms.MultipleChoiceField(
                label=_("%(kind)s pauses in") % {"kind": kind.label},
                choices=statuses,
                required=False,
                widget=forms.CheckboxSelectMultiple,
            )
        actions = [(each.slug, each.label) for each in threshold_actions()]
        for kind in KindOfTarget:
            for percent in self.percents[kind]:
                self.fields[f"at_{kind}_{percent}"] = forms.MultipleChoiceField(
                    label=_("At %(percent)s %% of the %(kind)s")
                    % {"percent": percent, "kind": str(kind.label).lower()},
                    choices=actions,
                    required=False,
                    widget=forms.CheckboxSelectMultiple(attrs={"class": "st-check"}),
                )
        self.order_fields([name for name in self.fields if name not in _LAST] + list(_LAST))

    def _add_target(self, priority: str, kind: KindOfTarget, offered: Sequence[tuple[str, str]]) -> None:
        self.fields[f"{priority}_{kind}"] = forms.CharField(
            label=f"{priority}: {kind.label}", max_length=40, required=False, widget=forms.TextInput(attrs={"size": 10})
        )
        self.fields[f"{priority}_{kind}_calendar"] = forms.ChoiceField(
            label=_("%(what)s, in time of") % {"what": f"{priority}: {kind.label}"}, choices=offered, required=False
        )

    @property
    def lines(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of times, a line for each priority."""
        return [
            (
                priority,
                [self[f"{priority}_{kind}{part}"] for kind in KindOfTarget.values for part in ("", "_calendar")],
            )
            for priority in PRIORITIES
        ]

    @property
    def warnings(self) -> list[Warnings]:
        """The boxes of thresholds, a grid for each kind."""
        return [self._grid(kind) for kind in KindOfTarget]

    def _grid(self, kind: KindOfTarget) -> Warnings:
        percents = self.percents[kind]
        fields = [self[f"at_{kind}_{percent}"] for percent in percents]
        columns = [[(f"{field.label}: {box.choice_label}", box) for box in field.subwidgets] for field in fields]
        lines = [(str(boxes[0][1].choice_label), boxes) for boxes in zip(*columns, strict=True)]
        return Warnings(str(kind.label), fields, percents, lines)

    @property
    def others(self) -> list[forms.BoundField]:
        """All fields that stand by themselves, in their order."""
        gridded = {field.name for _priority, fields in self.lines for field in fields}
        return [field for field in self if field.name not in gridded and not field.name.startswith("at_")]

    def terms(self) -> PolicyTerms:
        """What was chosen. Raises RefusedMany naming the fields."""
        values = self.cleaned_data
        errors: dict[str, Any] = {}
        targets: list[TargetTerms] = []
        for priority in PRIORITIES:
            try:
                targets += self._targets(priority)
            except RefusedMany as wrong:
                errors.update(wrong.errors)
        if errors:
            raise RefusedMany(errors)
        return PolicyTerms(
            targets=targets,
            thresholds=list(self._thresholds()),
            pause_response=values["pause_response"],
            pause_resolution=values["pause_resolution"],
            on_priority_change=values["on_priority_change"],
            on_reopen=values["on_reopen"],
        )

    def _targets(self, priority: str) -> Iterator[TargetTerms]:
        for kind in Target:
            name = f"{priority}_{kind}"
            minutes = minutes_of(name, self.cleaned_data[name])
            if minutes is None:
                continue
            calendar = self.calendars.get(self.cleaned_data[f"{name}_calendar"])
            if calendar is None:
                raise Refused(f"{name}_calendar", _("Choose in time of which calendar."))
            yield TargetTerms(priority, kind, minutes, calendar)

    def _thresholds(self) -> Iterator[ThresholdTerms]:
        for kind, percents in self.percents.items():
            for percent in percents:
                for action in self.cleaned_data[f"at_{kind}_{percent}"]:
                    yield ThresholdTerms(Target(kind), percent, action)


_LAST: Final = ("on_priority_change", "on_reopen", "valid_from")


class NewPolicyForm(NameForm, TermsForm):
    """A policy with its first terms."""

    valid_from = None  # type: ignore[assignment]  # Django's way to leave a field of the base out


@page(
    "sla/policies/new/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("New policy"),
    parent="sla.policies",
    template="sla/policy_form.html",
    create=True,
)
def policy_new(request: Request) -> FormContext | HttpResponse:
    """Make a policy."""
    form = NewPolicyForm(posted(request), initial=_usual())

    def act(values: dict[str, Any]) -> Done:
        made = policy_create(actor=acting(), name=values["name"], description=values["description"], terms=form.terms())
        return Done(
            _("%(name)s can be named in contracts now.") % {"name": made.name},
            goto=reverse("sla.policy", args=[made.uid]),
        )

    return submitted(
        request, form, act, submit=_("Add policy"), cancel_url=reverse("sla.policies"), draft="sla.policy.new"
    )


@page(
    "sla/policies/<uuid:uid>/change/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Change terms"),
    parent="sla.policies",
    template="sla/policy_form.html",
)
def policy_change(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Give a policy other terms from a time on."""
    found = queries.policy(uid)
    latest = queries.versions_of(found)[0]
    percents: dict[str, set[int]] = {}
    for each in latest.thresholds.all():
        percents.setdefault(each.kind, set()).add(each.percent)
    form = TermsForm(posted(request), initial=_of(latest), percents=percents)

    def act(values: dict[str, Any]) -> Done:
        since: datetime | None = values["valid_from"]
        policy_revise(found, actor=acting(), terms=form.terms(), valid_from=since)
        return Done(_("%(name)s has new terms.") % {"name": found.name}, goto=reverse("sla.policy", args=[uid]))

    return submitted(
        request,
        form,
        act,
        title=found.name,
        submit=_("Change terms"),
        cancel_url=reverse("sla.policy", args=[uid]),
    )


@page(
    "sla/policies/<uuid:uid>/name/",
    permission="sla.manage",
    kind=Kind.FORM,
    title=gettext_lazy("Name and description"),
    parent="sla.policies",
    template="ui/form.html",
)
def policy_name(request: Request, uid: UUID) -> FormContext | HttpResponse:
    """Call a policy something else."""
    found = queries.policy(uid)
    form = NameForm(posted(request), initial={"name": found.name, "description": found.description})

    def act(values: dict[str, Any]) -> Done:
        policy_describe(found, actor=acting(), **values)
        return Done(_("The policy was changed."), goto=reverse("sla.policy", args=[uid]))

    return submitted(
        request, form, act, title=found.name, submit=_("Save"), cancel_url=reverse("sla.policy", args=[uid])
    )


def _usual() -> dict[str, Any]:
    """What a form begins with: the times that the field is used to, in the first calendars there are."""
    calendars: list[Any] = list(queries.calendars().filter(archived_at=None).order_by("created_at", "id"))
    always = next((each for each in calendars if each.always), None)
    hours = next((each for each in calendars if not each.always), always)
    initial: dict[str, Any] = {
        "on_priority_change": SlaPolicyVersion.OnPriorityChange.RETROACTIVE,
        "on_reopen": SlaPolicyVersion.OnReopen.RESUME,
        "pause_resolution": [slug for slug in pausing_statuses() if slug.startswith("waiting")],
    }
    for percent, slug in WARNINGS:
        for kind in KindOfTarget.values:
            initial[f"at_{kind}_{percent}"] = [slug]
    for priority, (response, resolution) in USUAL.items():
        initial[f"{priority}_{KindOfTarget.RESPONSE}"] = response
        initial[f"{priority}_{KindOfTarget.RESOLUTION}"] = resolution
        chosen = always if priority in ("P1", "P2") else hours
        for kind in KindOfTarget.values:
            initial[f"{priority}_{kind}_calendar"] = str(chosen.uid) if chosen is not None else ""
    return initial


def _of(version: SlaPolicyVersion) -> dict[str, Any]:
    initial: dict[str, Any] = {
        "on_priority_change": version.on_priority_change,
        "on_reopen": version.on_reopen,
        "pause_response": version.pause_response,
        "pause_resolution": version.pause_resolution,
    }
    for target in version.targets.all():
        initial[f"{target.priority}_{target.kind}"] = words_of(target.minutes)
        initial[f"{target.priority}_{target.kind}_calendar"] = str(target.calendar.uid)
    for each in version.thresholds.all():
        initial.setdefault(f"at_{each.kind}_{each.percent}", []).append(each.action)
    return initial
