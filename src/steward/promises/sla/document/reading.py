# SPDX-License-Identifier: Apache-2.0
"""The whole document: its policy, what happened, and the instant at which the clocks are read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from steward.promises.sla.document import hours, terms
from steward.promises.sla.document.values import (
    Fault,
    a_flag,
    a_list,
    a_text,
    an_object,
    instant,
    need,
    one_of,
    only,
)
from steward.promises.sla.policy import Kind, Policy
from steward.promises.sla.timeline import Event

MOST_EVENTS: Final = 10_000
_FIELDS: Final[Mapping[str, tuple[frozenset[str], frozenset[str]]]] = {
    # type: what an event must have besides at and type, and what it may have
    "opened": (frozenset({"priority", "status"}), frozenset()),
    "reply": (frozenset({"by", "public", "automatic"}), frozenset()),
    "status": (frozenset({"status"}), frozenset()),
    "priority": (frozenset({"priority"}), frozenset()),
    "excluded": (frozenset({"category", "targets"}), frozenset({"until"})),
    "resolved": (frozenset(), frozenset()),
    "reopened": (frozenset({"status"}), frozenset()),
}


@dataclass(frozen=True, slots=True)
class Document:
    """A policy, what happened in order, and the instant at which the clocks are read."""

    policy: Policy
    events: tuple[Event, ...]
    now: int


def parse(given: Any) -> Document:
    """The document as values. Raises Fault."""
    top = an_object(given, "")
    only(top, "", {"calendars", "policy", "events", "now"})
    calendars = hours.names(need(top, "calendars", ""))
    policy = terms.policy(need(top, "policy", ""), calendars)
    events = _events(need(top, "events", ""), policy)
    return Document(policy, events, instant(need(top, "now", ""), "now"))


def _events(given: Any, policy: Policy) -> tuple[Event, ...]:
    said = a_list(given, "events")
    if len(said) > MOST_EVENTS:
        raise Fault("events", _("at most %(most)s"), most=MOST_EVENTS)
    read_in = [(_event(each, f"events[{place}]", policy), place) for place, each in enumerate(said)]
    ordered = sorted(read_in, key=lambda pair: pair[0].at)  # stable: those of one instant stay as given
    _check_order(ordered)
    return tuple(event for event, _place in ordered)


def _check_order(ordered: list[tuple[Event, int]]) -> None:
    if not any(event.type == "opened" for event, _place in ordered):
        raise Fault("events", _("a ticket begins with an event of type opened"))
    resolved = False
    for number, (event, place) in enumerate(ordered):
        if event.type != "opened" and number == 0:
            raise Fault(f"events[{place}].at", _("before the ticket was opened"))
        if event.type == "opened" and number:
            raise Fault(f"events[{place}].type", _("a second opened"))
        if event.type == "resolved" and resolved:
            raise Fault(f"events[{place}].type", _("resolved while it is resolved"))
        if event.type == "reopened" and not resolved:
            raise Fault(f"events[{place}].type", _("reopened while it is open"))
        resolved = {"resolved": True, "reopened": False}.get(event.type, resolved)


def _event(given: Any, path: str, policy: Policy) -> Event:
    said = an_object(given, path)
    kind = one_of(need(said, "type", path), f"{path}.type", tuple(_FIELDS))
    must, may = _FIELDS[kind]
    only(said, path, {"at", "type"} | must | may)
    for name in sorted(must):
        need(said, name, path)
    at = instant(need(said, "at", path), f"{path}.at")
    return Event(
        at=at,
        type=kind,
        status=a_text(said["status"], f"{path}.status") if "status" in said else "",
        priority=_priority(said["priority"], f"{path}.priority", policy) if "priority" in said else "",
        until=_until(said.get("until"), at, f"{path}.until"),
        category=a_text(said["category"], f"{path}.category") if "category" in said else "",
        targets=frozenset(_targets(said["targets"], f"{path}.targets")) if "targets" in said else frozenset(),
        answers=kind == "reply" and _answers(said, path),
    )


def _answers(said: Mapping[str, Any], path: str) -> bool:
    by = a_text(said["by"], f"{path}.by")
    public, automatic = a_flag(said["public"], f"{path}.public"), a_flag(said["automatic"], f"{path}.automatic")
    return by == "staff" and public and not automatic


def _targets(given: Any, path: str) -> Iterator[Kind]:
    for place, each in enumerate(a_list(given, path)):
        yield Kind(one_of(each, f"{path}[{place}]", terms.KINDS))


def _until(given: Any, at: int, path: str) -> int | None:
    if given is None:
        return None
    until = instant(given, path)
    if until <= at:
        raise Fault(path, _("at or before the event itself"))
    return until


def _priority(given: Any, path: str, policy: Policy) -> str:
    return one_of(given, path, tuple(policy.targets))
