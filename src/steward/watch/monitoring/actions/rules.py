# SPDX-License-Identifier: Apache-2.0
"""Writes about rules."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor, Client
from steward.estate.assets.public import Asset
from steward.watch.alerts.public import Severity
from steward.watch.monitoring.defaults import PRESETS
from steward.watch.monitoring.models import Rule, RuleOverride
from steward.watch.monitoring.registry import read_config

NAME_MAX: Final = 80
REASON_MAX: Final = 300
RULES_MAX: Final = 200


@action(permission="monitoring.manage")
def usual_rules(*, actor: Actor) -> int:
    """Make those of the usual rules that this house never had. Returns how many."""
    known = set(Rule.objects.exclude(preset="").values_list("preset", flat=True))
    missing = [each for each in PRESETS if each.slug not in known]
    for each in missing:
        config = read_config(each.kind, each.config)
        made = Rule.objects.create(preset=each.slug, kind=each.kind, severity=each.severity, config=config)
        made.refresh_from_db(fields=["uid"])
        audit("monitoring.rule.create", made, preset=each.slug)
    return len(missing)


@action(permission="monitoring.manage")
def rule_create(
    *, actor: Actor, name: str, kind: str, severity: str, config: Mapping[str, Any], enabled: bool = True
) -> Rule:
    """A rule for every asset that has an agent.

    Raises:
        Refused: `name` when empty or too long, `kind`, `severity`, or a field of the configuration; the whole at 200 rules.
    """
    if Rule.objects.filter(archived_at=None).count() >= RULES_MAX:
        raise Refused("", _("There are %(most)s rules already. Archive one.") % {"most": RULES_MAX})
    made = Rule(name=_name(name), kind=kind, severity=_severity(severity), config=read_config(kind, config))
    made.enabled = enabled
    made.save()
    made.refresh_from_db(fields=["uid"])
    audit("monitoring.rule.create", made, kind=kind, severity=severity, config=made.config, enabled=enabled)
    return made


@action(permission="monitoring.manage")
def rule_edit(rule: Rule, *, actor: Actor, name: str, severity: str, config: Mapping[str, Any], enabled: bool) -> Rule:
    """Change a rule, where no override says otherwise. What it alerted goes on or ends by what it says from now on.

    Raises:
        Refused: as `rule_create`; the whole when it is archived.
    """
    found = Rule.objects.select_for_update().get(pk=rule.pk)
    if found.archived_at is not None:
        raise Refused("", _("This rule is archived."))
    before = {"severity": found.severity, "config": found.config, "enabled": found.enabled}
    found.name = _name(name) if name.strip() or not found.preset else ""
    found.severity, found.config, found.enabled = _severity(severity), read_config(found.kind, config), enabled
    found.save()
    after = {"severity": found.severity, "config": found.config, "enabled": found.enabled}
    audit("monitoring.rule.edit", found, before=before, after=after)
    return found


@action(permission="monitoring.manage")
def rule_archive(rule: Rule, *, actor: Actor) -> Rule:
    """Have a rule hold nowhere; what it alerted is over at the next round."""
    found = Rule.objects.select_for_update().get(pk=rule.pk)
    if found.archived_at is None:
        found.archived_at = timezone.now()
        found.save(update_fields=["archived_at"])
        audit("monitoring.rule.archive", found)
    return found


@action(permission="monitoring.override")
def override_set(
    rule: Rule,
    client: Client,
    *,
    actor: Actor,
    asset: Asset | None,
    enabled: bool,
    severity: str,
    config: Mapping[str, Any],
    reason: str = "",
) -> RuleOverride:
    """Have a rule hold otherwise for an asset, or with None for all of a client's; whatever was said for it before is replaced.

    Raises:
        Refused: `asset` of another client, `severity`, `reason` too long, or a field of the configuration.
    """
    if asset is not None and asset.client_id != client.pk:
        raise Refused("asset", _("Choose an asset of the same client."))
    if len(reason) > REASON_MAX:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_MAX})
    values = {
        "enabled": enabled,
        "severity": _severity(severity),
        "config": read_config(rule.kind, config),
        "reason": " ".join(reason.split()),
    }
    found, _made = RuleOverride.objects.update_or_create(client=client, rule=rule, asset=asset, defaults=values)
    found.refresh_from_db(fields=["uid"])
    audit("monitoring.override.set", found, rule=str(rule.uid), asset=asset.number if asset else None, **values)
    return found


@action(permission="monitoring.override")
def override_remove(override: RuleOverride, *, actor: Actor) -> None:
    """Have the rule hold again as it does elsewhere."""
    audit("monitoring.override.remove", override, rule=str(override.rule.uid))
    override.delete()


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name or len(name) > NAME_MAX:
        raise Refused("name", _("Give it a name of at most %(length)s characters.") % {"length": NAME_MAX})
    return name


def _severity(text: str) -> str:
    if text not in Severity.values:
        raise Refused("severity", _("Choose critical, major, minor or info."))
    return text
