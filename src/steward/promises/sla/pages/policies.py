# SPDX-License-Identifier: Apache-2.0
"""The list of policies, and one policy: what it promises, what is done before it breaks, how it came to be so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.tenancy.public import Actor
from steward.core.ui.public import Done, Kind, Listed, Nav, Request, acting, listed, page, undoes, verb
from steward.promises.sla import queries
from steward.promises.sla.actions import policy_archive, policy_restore
from steward.promises.sla.models import KindOfTarget, SlaPolicy, SlaPolicyVersion
from steward.promises.sla.promised import Promised, promised
from steward.promises.sla.registry import UnknownThresholdAction, Words, pausing_statuses, threshold_action
from steward.promises.sla.tables import POLICIES


@dataclass(frozen=True, slots=True)
class Warned:
    """What is done when `percent` of each target is used, in words; "" for nothing."""

    percent: int
    response: str
    resolution: str


@dataclass(frozen=True, slots=True)
class Version:
    """One version as a line; `standing` is past, present or planned."""

    since: datetime
    recorded: datetime
    standing: str
    words: str


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """A policy's record, as its terms stand now."""

    title: str
    policy: SlaPolicy
    archived: bool
    promised: Sequence[Promised]
    warned: Sequence[Warned]
    facts: Sequence[dict[str, str]]
    versions: Sequence[Version]


@page(
    "sla/policies/",
    permission="sla.view",
    kind=Kind.LIST,
    title=gettext_lazy("Policies"),
    table=POLICIES,
    template="ui/list.html",
    nav=Nav("promises", gettext_lazy("Policies"), icon="clock-hour-4", order=30),
)
def policies(request: Request) -> Listed:
    """What may be promised."""
    return listed(POLICIES, request)


@page(
    "sla/policies/<uuid:uid>/",
    permission="sla.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Policy"),
    parent="sla.policies",
)
def policy(request: Request, uid: UUID) -> PolicyPage:
    """One policy."""
    found = queries.policy(uid)
    versions = list(queries.versions_of(found))
    now = timezone.now()
    present = next((each for each in versions if each.valid_from <= now), versions[-1])
    return PolicyPage(
        title=found.name,
        policy=found,
        archived=found.archived_at is not None,
        promised=promised(present),
        warned=_warned(present),
        facts=_facts(present),
        versions=[_version(each, present, now) for each in versions],
    )


@verb(policy, "archive", permission="sla.manage")
def archive(request: Request, uid: UUID) -> Done:
    """Offer a policy no more."""
    found = policy_archive(queries.policy(uid), actor=acting())
    return Done(
        _("%(name)s is offered to new contracts no more.") % {"name": found.name},
        undo="sla.policy.archive",
        undo_args={"uid": str(uid)},
    )


@verb(policy, "restore", permission="sla.manage")
def restore(request: Request, uid: UUID) -> Done:
    """Offer it again."""
    found = policy_restore(queries.policy(uid), actor=acting())
    return Done(_("%(name)s is offered again.") % {"name": found.name})


@undoes("sla.policy.archive")
def undo_archive(*, actor: Actor, uid: str) -> None:
    """Take back that a policy was archived."""
    policy_restore(queries.policy(UUID(uid)), actor=actor)


def _warned(version: SlaPolicyVersion) -> list[Warned]:
    found: dict[int, dict[str, list[str]]] = {}
    for each in version.thresholds.all():
        found.setdefault(each.percent, {}).setdefault(each.kind, []).append(str(action_words(each.action)))
    return [
        Warned(percent, *(", ".join(found[percent].get(kind, ())) for kind in KindOfTarget.values))
        for percent in sorted(found)
    ]


def action_words(slug: str) -> Words:
    """What an action is called; its slug where the room that knew it is gone."""
    try:
        return threshold_action(slug).label
    except UnknownThresholdAction:
        return slug


def _facts(version: SlaPolicyVersion) -> list[dict[str, str]]:
    return [
        {"label": _("Response pauses in"), "text": _statuses(version.pause_response)},
        {"label": _("Resolution pauses in"), "text": _statuses(version.pause_resolution)},
        {"label": _("When the priority changes"), "text": version.get_on_priority_change_display()},
        {"label": _("When it is reopened"), "text": version.get_on_reopen_display()},
    ]


def _statuses(slugs: Sequence[str]) -> str:
    known = pausing_statuses()
    return ", ".join(str(known.get(slug, slug)) for slug in slugs) or _("no status")


def _version(version: SlaPolicyVersion, present: SlaPolicyVersion, now: datetime) -> Version:
    targets = len(version.targets.all())
    words = _("%(targets)s times promised") % {"targets": targets}
    if version.pk == present.pk:
        return Version(version.valid_from, version.recorded_at, _("in force"), words)
    standing = _("planned") if version.valid_from > now else _("past")
    return Version(version.valid_from, version.recorded_at, standing, words)
