# SPDX-License-Identifier: Apache-2.0
"""An agent that should have been heard by now. Judged by the ledger alone, so that it works while the telemetry store is down."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ConfigDict, Field

from steward.estate.agents.public import gateway_pulse
from steward.watch.monitoring.judging import CantJudge, Fact, Finding, Held, State, Words

SLUG = "silent"
OUTAGE = True
LABEL = gettext_lazy("Agent silent")
SUMMARY = gettext_lazy("Nothing was heard from a machine's agent for a while, though a gateway was there to hear it.")
# A gateway says that it lives every five seconds.
GATEWAY_AWAY: Final = timedelta(seconds=60)


class Config(BaseModel):
    """How long nothing may be heard."""

    model_config = ConfigDict(extra="forbid")

    after_seconds: Annotated[
        int, Field(300, ge=30, le=86_400, description="Silent after so many seconds without a word")
    ]


def run(held: Sequence[Held], _going_on: frozenset[str], at: datetime) -> Iterator[Finding]:
    pulse = gateway_pulse()
    if pulse is None or at - pulse.at > GATEWAY_AWAY:
        raise CantJudge("gateway_away")
    for each in held:
        # Before the gateway was there nobody could be heard: patience begins anew.
        waited = at - max(each.subject.heard_at, pulse.since)
        state = State.FIRING if waited > timedelta(seconds=each.config.after_seconds) else State.OVER
        if state is State.OVER and each.subject.heard_at < pulse.since:
            state = State.UNKNOWN
        params = {"heard_at": each.subject.heard_at.isoformat(), "seconds": each.config.after_seconds}
        yield Finding(each, "silent", state, params, "silent")


def words(params: Mapping[str, Any]) -> Words:
    return _("The agent is silent: nothing was heard for %(seconds)s seconds") % {"seconds": params["seconds"]}


def why(params: Mapping[str, Any]) -> Sequence[Fact]:
    return [
        (_("Last heard"), datetime.fromisoformat(params["heard_at"])),
        (_("Silent after"), _("%(seconds)s seconds") % {"seconds": params["seconds"]}),
    ]
