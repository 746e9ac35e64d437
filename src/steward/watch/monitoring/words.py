# SPDX-License-Identifier: Apache-2.0
"""This room's verdicts, severities and configurations in the reader's language."""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import ModuleType
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import steward.watch.monitoring.sayings as package
from steward.watch.alerts.public import Severity
from steward.watch.monitoring.models import Check, Verdict
from steward.watch.monitoring.registry import rule_kinds
from steward.watch.monitoring.sayings import every_check
from steward.watch.monitoring.schema_fields import shown

Words = Promise | str

# As the kit draws them.
SEVERITIES: Final = {"critical": "critical", "major": "high", "minor": "medium", "info": "low"}
VERDICTS: Final[dict[str, tuple[str, Words]]] = {
    Verdict.OK: ("fine", gettext_lazy("OK")),
    Verdict.FAILING: ("critical", gettext_lazy("Failing")),
    Verdict.UNKNOWN: ("unknown", gettext_lazy("Could not look")),
}
FAULTS: Final[dict[str, Words]] = {
    "late": gettext_lazy("No round was made: Steward or its worker was not running, or had too much to do"),
    "failed": gettext_lazy("The round failed; the worker's log says how"),
    "gateway_away": gettext_lazy("No gateway is running, so agents can't be heard"),
    "telemetry_away": gettext_lazy("The telemetry store does not answer"),
}
NEVER: Final = ("unknown", gettext_lazy("Not looked yet"))


def severity_words(severity: str) -> str:
    """An alert's severity."""
    return str(Severity(severity).label)


def kind_words(kind: str) -> str:
    """A kind of rule; its slug when no file has it any more."""
    found = rule_kinds().get(kind)
    return str(found.label) if found is not None else kind


def fault_words(fault: str) -> str:
    """Why rules were not judged; the code where it has no words yet."""
    return str(FAULTS.get(fault, fault))


def check_words(slug: str) -> Words:
    """A kind of check; its slug where it has no words yet."""
    words: Words = getattr(_sayings(slug), "NAME", slug)
    return words


def verdict_of(check: Check) -> tuple[str, Words]:
    """How the last look ended: the kit's severity, and words."""
    return VERDICTS.get(check.last_verdict, NEVER)


def reason_words(slug: str, reason: str, parameters: Mapping[str, Any]) -> str:
    """Why a look of the check `slug` ended as it did. Parameters come from whatever was looked at.

    The code and its parameters as they are, where an agent of another version says what this one has no words for.
    """
    own = _sayings(slug)
    said, values = getattr(own, "SAYINGS", {}).get(reason), getattr(own, "VALUES", {})
    try:
        if said is not None:
            return str(said) % _valued(parameters, values, every_check.VALUES)
        return str(every_check.SAYINGS[reason]) % _valued(parameters, every_check.VALUES, values)
    except KeyError:
        told = ", ".join(f"{name}: {value}" for name, value in parameters.items())
        return f"{reason} ({told})" if told else reason


def _valued(parameters: Mapping[str, Any], *words: Mapping[str, Mapping[str, Words]]) -> dict[str, str]:
    """Parameters with words where they are codes, of the first that has some."""
    found = {
        name: [each[name][told] for each in words if told in each.get(name, {})] for name, told in parameters.items()
    }
    return {name: str(found[name][0] if found[name] else told) for name, told in parameters.items()}


@cache
def _sayings(slug: str) -> ModuleType | None:
    """What is said of a check; None for one that this version does not know."""
    known = {found.name for found in pkgutil.iter_modules(package.__path__)} - {"every_check"}
    return importlib.import_module(f"{package.__name__}.{slug}") if slug in known else None


def config_facts(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A configuration as labels and values."""
    return [
        (name.replace("_", " ").capitalize(), _("none") if value in (None, "", {}, []) else str(shown(value)))
        for name, value in config.items()
    ]
