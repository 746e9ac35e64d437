# SPDX-License-Identifier: Apache-2.0
"""The policy of a document."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from steward.promises.sla.calendars import Calendar
from steward.promises.sla.document.values import Fault, a_text, an_object, minutes, need, one_of, only, texts
from steward.promises.sla.policy import Kind, Policy, Target

KINDS: Final = tuple(kind.value for kind in Kind)


def policy(given: Any, calendars: Mapping[str, Calendar]) -> Policy:
    """The policy. Raises Fault."""
    said = an_object(given, "policy")
    only(said, "policy", {"targets", "pauses", "on_priority_change", "on_reopen"})
    targets = an_object(need(said, "targets", "policy"), "policy.targets")
    pauses = an_object(said.get("pauses", {}), "policy.pauses")
    only(pauses, "policy.pauses", frozenset(KINDS))
    return Policy(
        targets={
            a_text(priority, "policy.targets"): _kinds(kinds, f"policy.targets.{priority}", calendars)
            for priority, kinds in targets.items()
        },
        pauses={kind: texts(pauses.get(kind.value, []), f"policy.pauses.{kind.value}") for kind in Kind},
        retroactive=_choice(said, "on_priority_change", ("retroactive", "prospective")) == "retroactive",
        resume=_choice(said, "on_reopen", ("resume", "restart")) == "resume",
    )


def _kinds(given: Any, path: str, calendars: Mapping[str, Calendar]) -> dict[Kind, Target]:
    said = an_object(given, path)
    only(said, path, frozenset(KINDS))
    return {Kind(kind): _target(each, f"{path}.{kind}", calendars) for kind, each in said.items() if each is not None}


def _target(given: Any, path: str, calendars: Mapping[str, Calendar]) -> Target:
    said = an_object(given, path)
    only(said, path, {"minutes", "calendar"})
    name = a_text(need(said, "calendar", path), f"{path}.calendar")
    if name not in calendars:
        raise Fault(f"{path}.calendar", _("unknown calendar %(name)s"), name=name)
    return Target(minutes(need(said, "minutes", path), f"{path}.minutes"), calendars[name])


def _choice(said: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    return one_of(need(said, name, "policy"), f"policy.{name}", choices)
