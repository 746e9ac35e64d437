# SPDX-License-Identifier: Apache-2.0
"""Writes about escalations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, Role, action, save_once
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor
from steward.desk.oncall.actions.rosters import refuse_not_on_duty
from steward.desk.oncall.models import EscalationPolicy, EscalationStep, Roster

ROUNDS_MAX: Final = 10
STEPS_MAX: Final = 20
WAIT_MIN: Final = 5  # seconds
WAIT_MAX: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class NewStep:
    """Whom to tell, and how many seconds to wait for an answer before the next step."""

    whom: User | Roster | Role
    wait_seconds: int


@action(permission="oncall.manage")
def policy_create(
    *, actor: Actor, name: str, rounds: int, is_default: bool, steps: Sequence[NewStep]
) -> EscalationPolicy:
    """An escalation. The default one is taken for pages that name none; the first there is becomes it.

    Raises:
        Refused: field `name` when it is empty or taken, `rounds`, or `steps` when there is none or one can't be.
    """
    policy = EscalationPolicy()
    first = not EscalationPolicy.objects.filter(is_default=True).exists()
    _fill(policy, name, rounds, is_default or first)
    policy.refresh_from_db()
    _set_steps(policy, steps)
    audit("oncall.policy.create", policy, rounds=rounds, steps=plan_of(policy)["steps"])
    return policy


@action(permission="oncall.manage")
def policy_edit(
    policy: EscalationPolicy, *, actor: Actor, name: str, rounds: int, is_default: bool, steps: Sequence[NewStep]
) -> EscalationPolicy:
    """Change an escalation, for pages that are opened from now on.

    Raises:
        Refused: as `policy_create`; field `is_default` when it would leave no default.
    """
    found = EscalationPolicy.objects.select_for_update().get(pk=policy.pk)
    if found.is_default and not is_default:
        raise Refused("is_default", _("Make another escalation the default one; then this one is it no more."))
    before = plan_of(found)
    _fill(found, name, rounds, is_default)
    found.steps.all().delete()
    _set_steps(found, steps)
    audit("oncall.policy.edit", found, before=before, after=plan_of(found), is_default=is_default)
    return found


def plan_of(policy: EscalationPolicy | None) -> dict[str, Any]:
    """A policy as a page keeps it; without steps when there is none."""
    if policy is None:
        return {"rounds": 1, "steps": []}
    steps = [{"whom": each.whom, "wait": each.wait_seconds} for each in policy.steps.order_by("order")]
    return {"rounds": policy.rounds, "steps": steps}


def _fill(policy: EscalationPolicy, name: str, rounds: int, is_default: bool) -> None:
    policy.name, policy.rounds = " ".join(name.split())[:80], rounds
    if not policy.name:
        raise Refused("name", _("Give the escalation a name, such as Nights."))
    if not 1 <= rounds <= ROUNDS_MAX:
        raise Refused("rounds", _("Go through the steps between 1 and %(most)s times.") % {"most": ROUNDS_MAX})
    if is_default:
        EscalationPolicy.objects.filter(is_default=True).exclude(pk=policy.pk).update(is_default=False)
    policy.is_default = is_default
    save_once(policy, "name", _("There is an escalation of this name already."))


def _set_steps(policy: EscalationPolicy, steps: Sequence[NewStep]) -> None:
    if not 1 <= len(steps) <= STEPS_MAX:
        raise Refused(
            "steps", _("Name between 1 and %(most)s steps: whom to tell, one after another.") % {"most": STEPS_MAX}
        )
    for number, step in enumerate(steps):
        if not WAIT_MIN <= step.wait_seconds <= WAIT_MAX:
            raise Refused("steps", _("Wait between 5 seconds and 24 hours for an answer."))
        made = EscalationStep(policy=policy, order=number, wait_seconds=step.wait_seconds)
        if isinstance(step.whom, User):
            refuse_not_on_duty("steps", step.whom)
            made.person = step.whom
        elif isinstance(step.whom, Roster):
            made.roster = step.whom
        elif step.whom.of_staff:
            made.role = step.whom.value
        else:
            raise Refused("steps", _("Only your own staff are paged."))
        made.save()
