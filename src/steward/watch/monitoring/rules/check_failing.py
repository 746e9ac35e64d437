# SPDX-License-Identifier: Apache-2.0
"""A check that failed so many of its last looks. Judged by the ledger, where the results lie beside the samples."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Self
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field, model_validator

from steward.core.records.public import RecordRef, Statements
from steward.watch.monitoring.judging import Fact, Finding, Held, State, Words, prefix_of

SLUG = "check_failing"
OUTAGE = True
LABEL = gettext_lazy("Check failing")
SUMMARY = gettext_lazy("A check failed so many of its last looks. What could not be looked at counts neither way.")
MOST: Final = 20
CHECK: Final = "monitoring.check"
# A result that is so many intervals old says nothing of now.
STALE: Final = 10
statements = Statements("steward.watch.monitoring")


class Config(BaseModel):
    """How many of how many looks."""

    model_config = ConfigDict(extra="forbid")

    failing: Annotated[int, Field(3, ge=1, le=MOST, description="So many looks failed")]
    of: Annotated[int, Field(5, ge=1, le=MOST, description="of so many last ones")]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.failing > self.of:
            raise ValueError("failing: no more can fail than were looked at")
        return self


def run(held: Sequence[Held], going_on: frozenset[str], at: datetime) -> Iterator[Finding]:
    by_asset: dict[int, list[Held]] = {}
    for each in held:
        by_asset.setdefault(each.subject.asset_id, []).append(each)
    rows = statements.rows("latest_verdicts", most=MOST)
    for row in rows:
        for each in by_asset.get(row["asset_id"], ()):
            yield _judged(each, row, at)
    yield from _looked_no_more(held, going_on, {str(row["uid"]) for row in rows})


def _looked_no_more(held: Sequence[Held], going_on: frozenset[str], running: set[str]) -> Iterator[Finding]:
    by_prefix = {prefix_of(each): each for each in held}
    for fingerprint in going_on:
        place, _colon, check = fingerprint.rpartition(":")
        if check not in running and (found := by_prefix.get(f"{place}:")) is not None:
            yield Finding(found, check, State.OVER)


def _judged(held: Held, row: Mapping[str, Any], at: datetime) -> Finding:
    verdicts: list[str] = row["verdicts"][: held.config.of]
    failed = verdicts.count("failing")
    params = {
        "check": row["name"],
        "number": row["number"],
        "reason": row["last_reason"],
        "failed": failed,
        "of": held.config.of,
        "needed": held.config.failing,
    }
    stale = row["last_at"] is None or at - row["last_at"] > STALE * timedelta(seconds=row["interval_seconds"])
    state = State.OVER if failed < held.config.failing else State.FIRING
    if stale or (state is State.OVER and verdicts[:1] != ["ok"]):
        state = State.UNKNOWN
    uid: UUID = row["uid"]
    return Finding(held, str(uid), state, params, row["number"], RecordRef(CHECK, uid))


def words(params: Mapping[str, Any]) -> Words:
    return _("%(check)s fails: %(failed)s of the last %(of)s looks") % params


def why(params: Mapping[str, Any]) -> Sequence[Fact]:
    return [
        (_("Check"), f"{params['number']} {params['check']}"),
        (_("Failed"), _("%(failed)s of the last %(of)s looks") % params),
        (_("Trouble from"), _("%(needed)s of %(of)s") % params),
        (_("Last reason"), params["reason"]),
    ]
