# SPDX-License-Identifier: Apache-2.0
"""Writes about policies. What was promised is never changed: a change is a version that judges what is opened from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from django.utils import timezone as clock
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from steward.core.access.public import Refused, action, name_of, save_once
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor
from steward.promises.sla.actions.calendars import starting
from steward.promises.sla.models import PRIORITIES, SlaCalendar, SlaPolicy, SlaPolicyVersion, SlaTarget, SlaThreshold
from steward.promises.sla.policy import Kind
from steward.promises.sla.registry import UnknownThresholdAction, threshold_action

NAME_TAKEN: Final = _("There is a policy of that name.")
NAME_LENGTH, DESCRIPTION_LENGTH, STATUS_LENGTH = 80, 300, 40
LONGEST: Final = Decimal(10 * 366 * 24 * 60)  # minutes
MOST_THRESHOLDS: Final = 40
LARGEST_PERCENT: Final = 500


@dataclass(frozen=True, slots=True)
class TargetTerms:
    """How long may pass."""

    priority: str
    kind: Kind
    minutes: Decimal
    calendar: SlaCalendar


@dataclass(frozen=True, slots=True)
class ThresholdTerms:
    """What is done when `percent` of a target is used up."""

    kind: Kind
    percent: int
    action: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """All that one version promises."""

    targets: Sequence[TargetTerms]
    thresholds: Sequence[ThresholdTerms] = ()
    pause_response: Sequence[str] = ()
    pause_resolution: Sequence[str] = ()
    on_priority_change: str = SlaPolicyVersion.OnPriorityChange.RETROACTIVE
    on_reopen: str = SlaPolicyVersion.OnReopen.RESUME


@action(permission="sla.manage")
def policy_create(*, actor: Actor, name: str, description: str = "", terms: PolicyTerms) -> SlaPolicy:
    """Make a policy.

    Raises:
        Refused: naming the field; `targets`, `thresholds`, `pause_…` when they hold what can't be.
    """
    policy = SlaPolicy(name=name_of(name, most=NAME_LENGTH), description=_description(description))
    save_once(policy, "name", NAME_TAKEN)
    policy.refresh_from_db(fields=["uid"])
    _version(policy, starting(None, None), terms)
    audit("sla.policy.create", policy, name=policy.name)
    return policy


@action(permission="sla.manage")
def policy_revise(
    policy: SlaPolicy, *, actor: Actor, terms: PolicyTerms, valid_from: datetime | None = None
) -> SlaPolicyVersion:
    """Promise something else for what is opened from `valid_from` on, by default from now.

    Raises:
        Refused: as `policy_create`; `valid_from` when it lies in the past or before a version that is there.
    """
    since = starting(valid_from, policy.versions.order_by("-valid_from").values_list("valid_from", flat=True).first())
    version = _version(policy, since, terms)
    audit("sla.policy.revise", policy, valid_from=since.isoformat(), version=str(version.uid))
    return version


@action(permission="sla.manage")
def policy_describe(policy: SlaPolicy, *, actor: Actor, name: str, description: str = "") -> SlaPolicy:
    """Call a policy something else. Raises Refused naming the field."""
    before = {"name": policy.name, "description": policy.description}
    policy.name, policy.description = name_of(name, most=NAME_LENGTH), _description(description)
    save_once(policy, "name", NAME_TAKEN)
    after = {"name": policy.name, "description": policy.description}
    if before != after:
        audit("sla.policy.describe", policy, before=before, after=after)
    return policy


@action(permission="sla.manage")
def policy_archive(policy: SlaPolicy, *, actor: Actor) -> SlaPolicy:
    """Offer a policy to new contracts no more; those that have it keep it."""
    if policy.archived_at is None:
        policy.archived_at = clock.now()
        policy.save(update_fields=["archived_at"])
        audit("sla.policy.archive", policy)
    return policy


@action(permission="sla.manage")
def policy_restore(policy: SlaPolicy, *, actor: Actor) -> SlaPolicy:
    """Offer an archived policy again. Raises Refused for `name` when another has it now."""
    if policy.archived_at is not None:
        policy.archived_at = None
        save_once(policy, "name", NAME_TAKEN)
        audit("sla.policy.restore", policy)
    return policy


def _version(policy: SlaPolicy, since: datetime, terms: PolicyTerms) -> SlaPolicyVersion:
    _check_targets(terms.targets)
    _check_thresholds(terms)
    version = SlaPolicyVersion.objects.create(
        policy=policy,
        valid_from=since,
        on_priority_change=_known(
            "on_priority_change", terms.on_priority_change, SlaPolicyVersion.OnPriorityChange.values
        ),
        on_reopen=_known("on_reopen", terms.on_reopen, SlaPolicyVersion.OnReopen.values),
        pause_response=_statuses("pause_response", terms.pause_response),
        pause_resolution=_statuses("pause_resolution", terms.pause_resolution),
    )
    version.refresh_from_db(fields=["uid"])
    SlaTarget.objects.bulk_create(
        SlaTarget(
            version=version, priority=each.priority, kind=each.kind.value, minutes=each.minutes, calendar=each.calendar
        )
        for each in terms.targets
    )
    SlaThreshold.objects.bulk_create(
        SlaThreshold(
            version=version, kind=each.kind.value, percent=each.percent, action=each.action, config=_config(each)
        )
        for each in terms.thresholds
    )
    return version


def _check_targets(targets: Sequence[TargetTerms]) -> None:
    if not targets:
        raise Refused("targets", _("Promise something: give at least one priority a time."))
    seen: set[tuple[str, Kind]] = set()
    for each in targets:
        where = {"priority": each.priority, "kind": each.kind.value}
        if each.priority not in PRIORITIES:
            raise Refused("targets", _("%(priority)s is no priority. Use P1, P2, P3 or P4.") % where)
        if (each.priority, each.kind) in seen:
            raise Refused("targets", _("%(priority)s has two times for %(kind)s.") % where)
        seen.add((each.priority, each.kind))
        if not each.minutes.is_finite() or not 0 < each.minutes <= LONGEST:
            raise Refused("targets", _("%(priority)s, %(kind)s: give more than no time and at most ten years.") % where)
        if each.calendar.archived_at is not None:
            raise Refused("targets", _("%(priority)s, %(kind)s: that calendar is archived.") % where)


def _check_thresholds(terms: PolicyTerms) -> None:
    if len(terms.thresholds) > MOST_THRESHOLDS:
        raise Refused("thresholds", _("Use at most %(most)s thresholds.") % {"most": MOST_THRESHOLDS})
    seen: set[tuple[Kind, int, str]] = set()
    for each in terms.thresholds:
        key = (each.kind, each.percent, each.action)
        if not 1 <= each.percent <= LARGEST_PERCENT:
            raise Refused("thresholds", _("A threshold lies between 1 and %(most)s %%.") % {"most": LARGEST_PERCENT})
        if key in seen:
            raise Refused(
                "thresholds", _("The same is to be done twice at %(percent)s %%.") % {"percent": each.percent}
            )
        seen.add(key)


def _config(terms: ThresholdTerms) -> dict[str, Any]:
    try:
        declared = threshold_action(terms.action)
    except UnknownThresholdAction:
        raise Refused("thresholds", _("There is no action “%(name)s”.") % {"name": terms.action[:40]}) from None
    try:
        return declared.config.model_validate(dict(terms.config)).model_dump(mode="json")
    except ValidationError as wrong:
        first = wrong.errors()[0]
        path = ".".join(map(str, (terms.action, *first["loc"])))
        raise Refused("thresholds", f"{path}: {first['msg']}") from None


def _statuses(name: str, statuses: Sequence[str]) -> list[str]:
    for each in statuses:
        if not each or len(each) > STATUS_LENGTH or not each.isprintable():
            raise Refused(name, _("A status is a word of at most %(length)s characters.") % {"length": STATUS_LENGTH})
    return sorted(set(statuses))


def _known(name: str, value: str, choices: Sequence[str]) -> str:
    if value not in choices:
        raise Refused(name, _("Choose one of those offered."))
    return value


def _description(text: str) -> str:
    description = " ".join(text.split())
    if len(description) > DESCRIPTION_LENGTH:
        raise Refused("description", _("Use at most %(length)s characters.") % {"length": DESCRIPTION_LENGTH})
    return description
