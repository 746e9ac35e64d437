# SPDX-License-Identifier: Apache-2.0
"""Stretches in which trouble is expected."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action
from steward.core.audit.public import audit
from steward.core.tenancy.public import Actor, Client
from steward.estate.assets.public import Asset
from steward.watch.alerts.actions.reasons import said_why
from steward.watch.alerts.clock import db_now
from steward.watch.alerts.models import Maintenance

MAINTENANCE_MAX: Final = timedelta(days=30)


@action(permission="alerts.maintain")
def maintenance_begin(
    client: Client,
    *,
    actor: Actor,
    asset: Asset | None,
    ends_at: datetime,
    reason: str,
    starts_at: datetime | None = None,
) -> Maintenance:
    """Expect trouble with an asset, or with None for all of a client's, until a time: alerts are kept and flagged, and open no
    ticket before it is over.

    Raises:
        Refused: `asset` of another client; `ends_at` before the start, past, or more than 30 days after it; `reason` when empty or too
            long; `starts_at` in the past: what was told then can't be untold.
    """
    if asset is not None and asset.client_id != client.pk:
        raise Refused("asset", _("Choose an asset of the same client."))
    now = db_now()
    start = starts_at or now
    if start < now:
        raise Refused("starts_at", _("Choose a time to come: what was told before can't be untold."))
    if not start < ends_at <= start + MAINTENANCE_MAX:
        raise Refused("ends_at", _("Choose an end after the beginning, at most 30 days later."))
    made = Maintenance(
        client=client, asset=asset, starts_at=start, ends_at=ends_at, reason=said_why(reason), person_id=actor.user_id
    )
    made.save()
    made.refresh_from_db(fields=["uid"])
    audit("alerts.maintenance.begin", made, asset=asset.number if asset else None, ends_at=ends_at.isoformat())
    return made


@action(permission="alerts.maintain")
def maintenance_end(maintenance: Maintenance, *, actor: Actor) -> bool:
    """End it now. Alerts that began in it and go on get their tickets within a minute or two. Returns whether that changed anything."""
    found = Maintenance.objects.select_for_update(of=("self",)).get(pk=maintenance.pk)
    now = db_now()
    if found.ends_at <= now:
        return False
    found.ends_at = max(now, found.starts_at)
    found.save(update_fields=["ends_at"])
    audit("alerts.maintenance.end", found)
    return True
