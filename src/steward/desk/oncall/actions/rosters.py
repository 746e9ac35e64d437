# SPDX-License-Identifier: Apache-2.0
"""Writes about rosters."""

from collections.abc import Sequence
from datetime import date, time
from typing import Final

from django.utils.translation import gettext_lazy as _

from steward.core.access.public import Refused, action, changed, check_row, save_once, snapshot
from steward.core.audit.public import audit
from steward.core.identity.public import User
from steward.core.tenancy.public import Actor
from steward.desk.oncall.models import Roster, RotationMember
from steward.desk.oncall.reaching import may_be_paged
from steward.desk.oncall.schedule import Unit
from steward.settings.zones import zone_names

FIELDS: Final = ("name", "zone", "unit", "length", "handover", "starts_on")
TURNS_MAX: Final = 50
LENGTH_MAX: Final = {Unit.HOURS: 24 * 14, Unit.DAYS: 90, Unit.WEEKS: 52}


@action(permission="oncall.manage")
def roster_create(
    *,
    actor: Actor,
    name: str,
    zone: str,
    unit: str,
    length: int,
    handover: time,
    starts_on: date,
    people: Sequence[User],
) -> Roster:
    """A roster in which `people` take turns of `length` hours, days or weeks, from `starts_on` on, handing over at `handover`
    by the wall clock of `zone`.

    Raises:
        Refused: field `name` when it is empty or taken, `zone`, `unit`, `length`, `handover`, or `people` when nobody takes a
            turn or somebody of them may not acknowledge pages.
    """
    roster = Roster()
    _fill(roster, name, zone, unit, length, handover, starts_on)
    save_once(roster, "name", _("There is a roster of this name already."))
    roster.refresh_from_db()
    _set_turns(roster, people)
    audit("oncall.roster.create", roster, people=[each.pk for each in people])
    return roster


@action(permission="oncall.manage")
def roster_edit(
    roster: Roster,
    *,
    actor: Actor,
    name: str,
    zone: str,
    unit: str,
    length: int,
    handover: time,
    starts_on: date,
    people: Sequence[User],
) -> Roster:
    """Change a roster, from now on; who was told of past pages stands with them.

    Raises:
        Refused: as `roster_create`.
    """
    found = Roster.objects.select_for_update().get(pk=roster.pk)
    before = snapshot(found, FIELDS) | {"people": list(found.members.values_list("person_id", flat=True))}
    _fill(found, name, zone, unit, length, handover, starts_on)
    save_once(found, "name", _("There is a roster of this name already."))
    found.members.all().delete()
    _set_turns(found, people)
    after = snapshot(found, FIELDS) | {"people": [each.pk for each in people]}
    audit("oncall.roster.edit", found, changed=changed(before, after))
    return found


def refuse_not_on_duty(field: str, person: User) -> None:
    """Raise Refused when somebody could not answer a page."""
    if not may_be_paged(person):
        words = _(
            "%(name)s may not acknowledge pages, or is not active. Choose somebody else, or give them a role that may."
        )
        raise Refused(field, words % {"name": str(person)})


def _fill(roster: Roster, name: str, zone: str, unit: str, length: int, handover: time, starts_on: date) -> None:
    roster.name = " ".join(name.split())
    if not roster.name:
        raise Refused("name", _("Give the roster a name, such as Nights."))
    if zone not in zone_names():
        raise Refused("zone", _("Write a time zone such as Europe/Istanbul."))
    if unit not in list(Unit):
        raise Refused("unit", _("A shift is counted in hours, days or weeks."))
    if not 1 <= length <= LENGTH_MAX[Unit(unit)]:
        most = {"most": LENGTH_MAX[Unit(unit)]}
        raise Refused("length", _("A shift is between 1 and %(most)s of these long.") % most)
    if handover.tzinfo is not None or handover.second or handover.microsecond:
        raise Refused("handover", _("Write the time of handing over as 08:00, by the roster's own clock."))
    roster.zone, roster.unit, roster.length = zone, unit, length
    roster.handover, roster.starts_on = handover, starts_on
    check_row(roster)


def _set_turns(roster: Roster, people: Sequence[User]) -> None:
    if not people:
        raise Refused("people", _("Choose at least one person, in the order in which they take turns."))
    if len(people) > TURNS_MAX:
        raise Refused("people", _("A roster has at most %(most)s turns.") % {"most": TURNS_MAX})
    for person in people:
        refuse_not_on_duty("people", person)
    RotationMember.objects.bulk_create(
        [RotationMember(roster=roster, person=each, order=number) for number, each in enumerate(people)]
    )
