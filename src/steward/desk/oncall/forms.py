# SPDX-License-Identifier: Apache-2.0
"""The fields of this room's forms. What may be in them, the actions decide."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.tenancy.public import Client
from steward.core.ui.public import zone_choices
from steward.desk.oncall import queries
from steward.desk.oncall.actions import NewStep
from steward.desk.oncall.models import EscalationPolicy, EscalationStep, Roster
from steward.desk.oncall.words import UNITS

TURNS: Final = 8
STEPS: Final = 6
PAGED_ROLES: Final = (Role.SERVICE_MANAGER, Role.OWNER, Role.DISPATCHER)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # generic in the stubs alone
    """Somebody of the staff, by their identifier."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User.objects.none(), to_field_name="uid", **kwargs)


class RosterForm(forms.Form):
    """A roster: who takes turns, how long, when they hand over."""

    name = forms.CharField(label=_("Name"), max_length=80)
    length = forms.IntegerField(label=_("A shift lasts"), min_value=1, max_value=400, initial=1)
    unit = forms.ChoiceField(label=_("Counted in"), choices=tuple(UNITS.items()), initial="weeks")
    handover = forms.TimeField(
        label=_("Handed over at"), initial="08:00", help_text=_("By the clock on the wall of the time zone below.")
    )
    starts_on = forms.DateField(
        label=_("First shift on"), help_text=_("Before it nobody is on duty. Such as 2026-11-30.")
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, initial="UTC")

    def __init__(self, *args: Any, turns: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = queries.may_take_turns()
        choices = [
            ("", "---------"),
            *((str(each.uid), str(each)) for each in people),
        ]  # asked for once, not for each turn
        # One more than there are: a program may have set more than a form begins with, and none may be lost by saving.
        for number in range(1, max(TURNS, turns + 1) + 1):
            field = PersonField(label=_("Turn %(number)s") % {"number": number}, required=number == 1)
            field.queryset = people
            field.choices = choices
            self.fields[f"turn_{number}"] = field

    @staticmethod
    def initial_of(roster: Roster) -> dict[str, Any]:
        """What a roster has in these fields."""
        turns = {f"turn_{number}": each.person.uid for number, each in enumerate(roster.members.all(), 1)}
        fields = ("name", "length", "unit", "handover", "starts_on", "zone")
        return {field: getattr(roster, field) for field in fields} | turns

    @staticmethod
    def values_of(cleaned: dict[str, Any]) -> dict[str, Any]:
        """What the action takes."""
        turns = [each for name, each in cleaned.items() if name.startswith("turn_")]
        kept = {name: value for name, value in cleaned.items() if not name.startswith("turn_")}
        return kept | {"people": [each for each in turns if each is not None]}


class OverrideForm(forms.Form):
    """A shift that somebody takes over."""

    person = PersonField(label=_("Who takes over"))
    starts_at = forms.DateTimeField(label=_("From"), help_text=_("By your own clock, such as 2026-11-30 22:00."))
    ends_at = forms.DateTimeField(label=_("Until"))
    reason = forms.CharField(label=_("Reason"), max_length=300, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = queries.may_take_turns()  # type: ignore[attr-defined]  # a ModelChoiceField


class PolicyForm(forms.Form):
    """An escalation: whom to tell, how long to wait, who is next."""

    name = forms.CharField(label=_("Name"), max_length=80)

    def __init__(self, *args: Any, steps: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = _whom_choices()
        for number in range(1, max(STEPS, steps + 1) + 1):
            self.fields[f"whom_{number}"] = forms.ChoiceField(
                label=_("Step %(number)s tells") % {"number": number},
                choices=choices if number == 1 else [("", "—"), *choices],
                required=number == 1,
            )
            self.fields[f"wait_{number}"] = forms.DecimalField(
                label=_("and waits, in minutes"),
                initial=5,
                min_value=0,
                max_value=1440,
                decimal_places=2,
                required=False,
            )
        self.fields["rounds"] = forms.IntegerField(
            label=_("Go through the steps"),
            initial=2,
            min_value=1,
            max_value=10,
            help_text=_(
                "So many times, as long as nobody acknowledges. Then the page counts as having reached nobody."
            ),
        )
        self.fields["is_default"] = forms.BooleanField(label=_("For pages that name no escalation"), required=False)

    @staticmethod
    def initial_of(policy: EscalationPolicy) -> dict[str, Any]:
        """What an escalation has in these fields."""
        found: dict[str, Any] = {"name": policy.name, "rounds": policy.rounds, "is_default": policy.is_default}
        for number, step in enumerate(policy.steps.all(), 1):
            found |= {f"whom_{number}": _whom_of(step), f"wait_{number}": round(step.wait_seconds / 60, 2)}
        return found

    @staticmethod
    def values_of(cleaned: dict[str, Any]) -> dict[str, Any]:
        """What the action takes."""
        steps = [
            NewStep(_meant(whom), round((cleaned[name.replace("whom", "wait")] or 5) * 60))
            for name, whom in cleaned.items()
            if name.startswith("whom_") and whom
        ]
        return {name: cleaned[name] for name in ("name", "rounds", "is_default")} | {"steps": steps}


class CallForm(forms.Form):
    """Calling somebody by hand."""

    client: "forms.ModelChoiceField[Client]" = forms.ModelChoiceField(None, label=_("Client"), to_field_name="slug")
    text = forms.CharField(
        label=_("What happened"), max_length=200, help_text=_("One line, as it is read on a phone at night.")
    )
    policy: "forms.ModelChoiceField[EscalationPolicy]" = forms.ModelChoiceField(
        None, label=_("Escalation"), to_field_name="uid", required=False, empty_label=_("The default one")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["client"].queryset = Client.objects.filter(state=Client.State.ACTIVE).order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField
        self.fields["policy"].queryset = EscalationPolicy.objects.order_by("name")  # type: ignore[attr-defined]  # a ModelChoiceField


def _whom_choices() -> list[tuple[str, Any]]:
    rosters = [(f"roster:{each.uid}", each.name) for each in Roster.objects.order_by("name")]
    people = [(f"person:{each.uid}", str(each)) for each in queries.may_take_turns()]
    roles = [(f"role:{role.value}", role.label) for role in PAGED_ROLES]
    groups: Sequence[tuple[Any, list[tuple[str, Any]]]] = (
        (_("Who is on duty in"), rosters),
        (_("Whoever is"), roles),
        (_("A person"), people),
    )
    return [(label, choices) for label, choices in groups if choices]


def _whom_of(step: EscalationStep) -> str:
    if step.person is not None:
        return f"person:{step.person.uid}"
    return f"roster:{step.roster.uid}" if step.roster is not None else f"role:{step.role}"


def _meant(words: str) -> User | Roster | Role:
    sort, _colon, name = words.partition(":")
    if sort == "person":
        return User.objects.get(uid=name)
    return Roster.objects.get(uid=name) if sort == "roster" else Role(name)
