# SPDX-License-Identifier: Apache-2.0
"""The clock for programs: a document in, its readings out; docs/explanation/sla-clock.md says every rule."""

from typing import Any, Final

from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from ninja import Router, Schema
from pydantic import ConfigDict, Field

from steward.core.access.public import Refused
from steward.core.rest.public import SIGNED_IN, endpoint, router
from steward.promises.sla.document import Fault, parse
from steward.promises.sla.explain import explained

# A hand-made timeline has a few dozen events. What is longer is for the command line, which holds up nobody else.
MOST_EVENTS: Final = 1_000

api: Router = router("sla", label=_("Service levels"))


class ExplainIn(Schema):
    """Calendars by name, a policy, what happened, and the instant at which the clocks are read."""

    model_config = ConfigDict(extra="forbid")

    calendars: dict[str, Any] = Field(max_length=100)
    policy: dict[str, Any]
    events: list[Any] = Field(max_length=MOST_EVENTS)
    now: str = Field(max_length=200)


class SegmentOut(Schema):
    """From one instant to another the clock counted, or why not."""

    from_: str = Field(alias="from", serialization_alias="from")
    to: str
    counts: bool
    why: str


class SupersededOut(Schema):
    """What stood before a change of priority."""

    priority: str
    target_seconds: int
    elapsed_seconds: int
    paused_seconds: int
    zero_at: str
    until: str
    due_at: str | None
    breached_at: str | None


class ReadingOut(Schema):
    """What the clock of one kind shows."""

    state: str
    priority: str
    target_seconds: int
    elapsed_seconds: int
    paused_seconds: int
    remaining_seconds: int
    zero_at: str
    due_at: str | None
    met_at: str | None
    breached_at: str | None
    superseded: list[SupersededOut]
    segments: list[SegmentOut]


class ExplainOut(Schema):
    """The clocks; null where the policy promises nothing."""

    response: ReadingOut | None
    resolution: ReadingOut | None


@api.post("/explain", response=ExplainOut, by_alias=True)
# A document of the caller's own, and nothing of the house in the answer.
@endpoint(permission=SIGNED_IN)
def explain_post(request: HttpRequest, body: ExplainIn) -> dict[str, Any]:
    """Check a clock by hand: every second of it, and why."""
    try:
        document = parse(body.dict())
    except Fault as fault:
        raise Refused(fault.path, gettext(fault.words) % fault.values) from fault
    return dict(explained(document))
