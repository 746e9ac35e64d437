# SPDX-License-Identifier: Apache-2.0
"""Writes about shifts that somebody takes over."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, check_row
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor
from steward.desk.oncall.actions.rosters import refuse_not_on_duty
from steward.desk.oncall.events import OverrideAdded, OverrideRemoved
from steward.desk.oncall.models import Override, Roster
from steward.desk.oncall.reaching import db_now

BACK: Final = timedelta(hours=1)
LONGEST: Final = timedelta(days=92)


@action(permission="oncall.override")
def override_add(
    roster: Roster, *, actor: Actor, person: User, starts_at: datetime, ends_at: datetime, reason: str = ""
) -> Override:
    """Have `person` cover `roster` from `starts_at` to `ends_at`, over whatever was said before.

    Raises:
        Refused: field `starts_at` when it lies more than an hour back, since pages already sent can't be unsent; field
            `ends_at` when it is not later, or more than 92 days later; field `person` when they could not answer.
    """
    if starts_at < db_now() - BACK:
        raise Refused("starts_at", _("A shift can be taken over from now on, not for the past."))
    if ends_at <= starts_at:
        raise Refused("ends_at", _("The end lies after the beginning."))
    if ends_at - starts_at > LONGEST:
        raise Refused("ends_at", _("Take over at most 92 days; for longer, change the roster."))
    refuse_not_on_duty("person", person)
    override = Override(
        roster=roster, person=person, starts_at=starts_at, ends_at=ends_at, reason=" ".join(reason.split())
    )
    check_row(override)
    override.save()
    override.refresh_from_db()
    audit("oncall.override.add", override, roster=str(roster.uid), person=person.pk, reason=override.reason)
    emit(OverrideAdded(override.uid, roster.uid))
    return override


@action(permission="oncall.override")
def override_remove(override: Override, *, actor: Actor) -> Override:
    """Take a taken-over shift back: all of it before it began, the rest of it while it runs.

    Raises:
        Refused: field `override` when it is over.
    """
    found = Override.objects.select_for_update().select_related("roster").get(pk=override.pk, removed_at=None)
    now = db_now()
    if found.ends_at <= now:
        raise Refused("override", _("This shift is over; what was is not changed."))
    if found.starts_at < now:
        found.ends_at = now
    else:
        found.removed_at = now
    found.save(update_fields=["ends_at", "removed_at"])
    audit("oncall.override.remove", found, roster=str(found.roster.uid), person=found.person_id)
    emit(OverrideRemoved(found.uid, found.roster.uid))
    return found
