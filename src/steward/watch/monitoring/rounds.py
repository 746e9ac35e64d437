# SPDX-License-Identifier: Apache-2.0
"""Judging: every kind of rule over all assets at once. What is found is compared with the alerts that go on, so a round that runs
twice, or late, comes to the same. A kind that could not be judged for a minute is told as loudly as an alert."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction

from steward.core.access.public import Role, RoleAssignment
from steward.core.identity.public import User
from steward.core.notify.public import send
from steward.core.records.public import RecordRef, Statements
from steward.core.tenancy.public import Client, current_scope, scoped, system_scope
from steward.estate.agents.public import Agent, AgentState
from steward.estate.assets.public import Asset
from steward.watch.alerts.public import Alert, Raising, alerts_clear, alerts_raise, alerts_seen, unresolved_of_kind
from steward.watch.monitoring.inheritance import Place, Setting, held
from steward.watch.monitoring.judging import CantJudge, Finding, Held, RuleKind, State, Subject, prefix_of
from steward.watch.monitoring.models import BlindSpell, Round, Rule, RuleOverride
from steward.watch.monitoring.registry import rule_kinds

LATE: Final = timedelta(seconds=60)  # twelve rounds
TOLD: Final = (Role.OWNER, Role.SERVICE_MANAGER)
statements = Statements("steward.watch.monitoring")
log = structlog.get_logger("steward.monitoring")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round of one kind came to; `fault` is why it could not be done."""

    watched: int = 0
    opened: int = 0
    going_on: int = 0
    over: int = 0
    fault: str = ""


def db_now() -> datetime:
    """The database's clock, which decides."""
    found: datetime = statements.rows("now")[0]["now"]
    return found


def judge_all() -> None:
    """A round of every kind, each in a transaction of its own: what fails with one leaves the others be.

    Raises the first error that is nobody's doing, once all others had their turn.
    """
    failed: Exception | None = None
    for kind in rule_kinds().values():
        try:
            judge(kind)
        except Exception as error:
            log.exception("monitoring.round_failed", kind=kind.slug)
            failed = failed or error
            with scoped(system_scope("monitoring.round")), transaction.atomic():
                _not_done(kind.slug, db_now(), "failed")
    tell_of_blindness()
    if failed is not None:
        raise failed


def judge(kind: RuleKind, *, at: datetime | None = None) -> Outcome | None:
    """A round of one kind. None while somebody else is at it."""
    with scoped(system_scope("monitoring.round")), transaction.atomic():
        if not statements.rows("take_turn", key=f"monitoring.round:{kind.slug}")[0]["mine"]:
            return None
        began = db_now()
        moment = at or began
        try:
            outcome = _judged(kind, moment)
        except CantJudge as cant:
            _not_done(kind.slug, moment, cant.fault)
            return Outcome(fault=cant.fault)
        _done(kind.slug, moment, outcome, int((db_now() - began).total_seconds() * 1000))
        return outcome


def _judged(kind: RuleKind, at: datetime) -> Outcome:
    watched = list(held(*_settings(kind)))
    going = {each.fingerprint: each for each in unresolved_of_kind(kind.alert_kind)}
    findings = list(kind.run(watched, frozenset(going), at)) if watched else []
    firing = [each for each in findings if each.state is State.FIRING]
    new = [each for each in firing if each.fingerprint not in going]
    ended = [going[each.fingerprint] for each in findings if each.state is State.OVER and each.fingerprint in going]
    actor = current_scope().actor
    alerts_seen([going[each.fingerprint].pk for each in firing if each.fingerprint in going], actor=actor, at=at)
    alerts_raise(_raisings(kind, new), actor=actor, at=at)
    alerts_clear(ended, actor=actor, params={"seen": True}, at=at)
    unwatched = _unwatched(going.values(), watched)
    alerts_clear(unwatched, actor=actor, params={"unwatched": True}, at=at)
    return Outcome(len(watched), len(new), len(firing) - len(new), len(ended) + len(unwatched))


def _settings(kind: RuleKind) -> tuple[list[Setting], list[Subject], dict[Place, Setting]]:
    rules = list(Rule.objects.filter(kind=kind.slug, archived_at=None))
    settings = [_setting(kind, str(each.uid), each) for each in rules]
    uids = {each.pk: str(each.uid) for each in rules}
    overrides = {
        (uids[each.rule_id], each.client_id, each.asset_id): _setting(kind, uids[each.rule_id], each)
        for each in RuleOverride.objects.filter(rule__in=uids)
    }
    return settings, _subjects(), overrides


def _setting(kind: RuleKind, rule: str, row: Rule | RuleOverride) -> Setting:
    return Setting(rule, row.enabled, row.severity, kind.config_type.model_validate(row.config))


def _subjects() -> list[Subject]:
    rows = Agent.objects.filter(
        state=AgentState.APPROVED, asset__archived_at=None, client__state=Client.State.ACTIVE
    ).exclude(asset=None)
    found: dict[int, Subject] = {}
    for client, asset, uid, seen, decided, enrolled in rows.values_list(
        "client_id", "asset_id", "asset__uid", "last_seen_at", "decided_at", "enrolled_at"
    ):
        heard = seen or decided or enrolled
        known = found.get(asset)
        if known is None or known.heard_at < heard:
            found[asset] = Subject(client, asset, str(uid), heard)
    return list(found.values())


def _raisings(kind: RuleKind, findings: Sequence[Finding]) -> list[Raising]:
    if not findings:
        return []
    assets = Asset.objects.select_related("client").in_bulk({each.held.subject.asset_id for each in findings})
    return [
        Raising(
            assets[each.held.subject.asset_id].client,
            each.fingerprint,
            kind.alert_kind,
            each.held.severity,
            each.params,
            assets[each.held.subject.asset_id],
            each.ref or _rule_ref(each.held),
            each.topic[:120],
        )
        for each in findings
    ]


def _rule_ref(found: Held) -> RecordRef:
    return RecordRef.parse(f"monitoring.rule:{found.rule}")


def _unwatched(going: Iterable[Alert], watched: Sequence[Held]) -> list[Alert]:
    """What goes on though its rule holds there no more."""
    prefixes = {prefix_of(each) for each in watched}
    return [each for each in going if ":".join(each.fingerprint.split(":", 2)[:2]) + ":" not in prefixes]


def _done(kind: str, at: datetime, outcome: Outcome, took_ms: int) -> None:
    known = Round.objects.select_for_update().filter(kind=kind).first()
    values: Mapping[str, Any] = {
        "began_at": at, "judged_at": at, "took_ms": took_ms, "watched": outcome.watched, "fault": "",
    }  # fmt: skip
    Round.objects.update_or_create(kind=kind, defaults=dict(values))
    spell = BlindSpell.objects.filter(kind=kind, until=None).first()
    if spell is not None:
        spell.until = at
        spell.save(update_fields=["until"])
    elif known is not None and known.judged_at is not None and at - known.judged_at > LATE:
        BlindSpell.objects.create(kind=kind, since=known.judged_at, until=at, fault="late")


def _not_done(kind: str, at: datetime, fault: str) -> None:
    known, _made = Round.objects.select_for_update().get_or_create(kind=kind, defaults={"began_at": at})
    Round.objects.filter(pk=known.pk).update(fault=fault)
    since = known.judged_at or known.began_at
    if at - since <= LATE or BlindSpell.objects.filter(kind=kind, until=None).exists():
        return
    BlindSpell.objects.create(kind=kind, since=since, fault=fault)


def tell_of_blindness() -> None:
    """One message for all that was found not to be judged: what stops one kind of rule mostly stops others as well."""
    with scoped(system_scope("monitoring.round")), transaction.atomic():
        untold = list(BlindSpell.objects.select_for_update().filter(told_at=None).order_by("since", "kind"))
        if not untold:
            return
        holding = RoleAssignment.objects.filter(role__in=TOLD).values("user_id")
        people = list(User.objects.filter(pk__in=holding, is_active=True))
        if people:
            send("monitoring.blind", to=people, params=_told(untold), client=None)
        BlindSpell.objects.filter(pk__in=[each.pk for each in untold]).update(told_at=db_now())


def _told(spells: Sequence[BlindSpell]) -> dict[str, Any]:
    return {
        "since": min(each.since for each in spells).isoformat(),
        "spells": [
            {"kind": each.kind, "fault": each.fault, "until": each.until.isoformat() if each.until else ""}
            for each in spells
        ],
        "going_on": any(each.until is None for each in spells),
    }
