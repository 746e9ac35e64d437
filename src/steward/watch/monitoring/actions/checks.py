# SPDX-License-Identifier: Apache-2.0
"""Writes about checks."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from steward_agent.checks.registry import BadConfig, checks
from steward_agent.protocol.policy import MAX_CHECKS

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.records.public import next_number
from steward.core.tenancy.public import Actor
from steward.estate.assets.public import Asset
from steward.watch.monitoring.assigning import assign
from steward.watch.monitoring.models import Check
from steward.watch.monitoring.refusals import refusal_words, root_of
from steward.watch.monitoring.search import index

PREFIX: Final = "CK"
NAME_MAX: Final = 80
INTERVAL_MAX: Final = 86_400
TIMEOUT_MIN, TIMEOUT_MAX = 0.1, 60.0


@action(permission="monitoring.override")
def check_create(
    asset: Asset,
    *,
    actor: Actor,
    kind: str,
    name: str,
    interval_seconds: int,
    timeout_seconds: float,
    config: Mapping[str, Any],
    enabled: bool = True,
) -> Check:
    """Have the agent of an asset look at something again and again; it learns so within five minutes.

    Raises:
        Refused: `kind`, `name`, `interval_seconds`, `timeout_seconds`, or a field of the configuration; the whole when the
            asset has as many checks as an agent takes.
    """
    if Check.objects.filter(asset=asset, archived_at=None).count() >= MAX_CHECKS:
        raise Refused("", _("An agent takes at most %(most)s checks.") % {"most": MAX_CHECKS})
    made = Check(client=asset.client, asset=asset, kind=kind, number=next_number(PREFIX), enabled=enabled)
    _fill(made, name, interval_seconds, timeout_seconds, config)
    made.save()
    made.refresh_from_db(fields=["uid"])
    index(made)
    audit("monitoring.check.create", made, kind=kind, asset=asset.number)
    assign([asset.pk])
    return made


@action(permission="monitoring.override")
def check_edit(
    check: Check,
    *,
    actor: Actor,
    name: str,
    interval_seconds: int,
    timeout_seconds: float,
    config: Mapping[str, Any],
    enabled: bool,
) -> Check:
    """Change what is looked at, or whether.

    Raises:
        Refused: as `check_create`; the whole when it is archived.
    """
    found = Check.objects.select_for_update(of=("self",)).select_related("client", "asset").get(pk=check.pk)
    if found.archived_at is not None:
        raise Refused("", _("This check is archived."))
    found.enabled = enabled
    _fill(found, name, interval_seconds, timeout_seconds, config)
    found.save()
    index(found)
    audit("monitoring.check.edit", found, enabled=enabled)
    assign([found.asset_id])
    return found


@action(permission="monitoring.override")
def check_archive(check: Check, *, actor: Actor) -> Check:
    """Look no more. What was seen is kept; what it alerted is over at the next round."""
    found = Check.objects.select_for_update(of=("self",)).get(pk=check.pk)
    if found.archived_at is None:
        found.archived_at = timezone.now()
        found.save(update_fields=["archived_at"])
        audit("monitoring.check.archive", found)
        assign([found.asset_id])
    return found


def _fill(check: Check, name: str, interval: int, timeout: float, config: Mapping[str, Any]) -> None:
    check.name = " ".join(name.split())
    if not check.name or len(check.name) > NAME_MAX:
        raise Refused("name", _("Give it a name of at most %(length)s characters.") % {"length": NAME_MAX})
    if not 1 <= interval <= INTERVAL_MAX:
        raise Refused("interval_seconds", _("Look every 1 to 86,400 seconds."))
    if not TIMEOUT_MIN <= timeout <= min(TIMEOUT_MAX, interval):
        raise Refused("timeout_seconds", _("Wait 0.1 to 60 seconds for an answer, and no longer than the interval."))
    check.interval_seconds, check.timeout_seconds = interval, timeout
    kind = checks().get(check.kind)
    if kind is None:
        raise Refused(
            "kind", _("There is no such kind of check. Use one of: %(known)s.") % {"known": ", ".join(checks())}
        )
    try:
        check.config = msgspec.to_builtins(
            kind.config({each: value for each, value in config.items() if value is not None})
        )
    except BadConfig as bad:
        raise Refused(root_of(bad.field) or "config", refusal_words(bad, kind.schema())) from None
