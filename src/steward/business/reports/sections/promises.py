# SPDX-License-Identifier: Apache-2.0
"""How many promises of response and of resolution were kept."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.business.reports.counting import ticket_row
from steward.business.reports.drawing import Drawing, dots
from steward.business.reports.figures import Facts, Figure, Part, Row, share
from steward.business.reports.frozen import FrozenPart, Verdict
from steward.business.reports.month import Month
from steward.business.reports.words import number, percent_words
from steward.core.tenancy.public import Client
from steward.desk.tickets.public import Ticket, clocks_of
from steward.promises.sla.public import PRIORITIES, Kind, Obligation, Reading, length_words

SLUG: Final = "promises"
TITLE: Final = gettext_lazy("Response and resolution")
ORDER: Final = 20
FIGURES: Final = {
    "response": gettext_lazy("Answered in time"),
    "response_p1": gettext_lazy("Answered in time, P1"),
    "response_p2": gettext_lazy("Answered in time, P2"),
    "response_p3": gettext_lazy("Answered in time, P3"),
    "response_p4": gettext_lazy("Answered in time, P4"),
    "resolution": gettext_lazy("Resolved in time"),
    "resolution_p1": gettext_lazy("Resolved in time, P1"),
    "resolution_p2": gettext_lazy("Resolved in time, P2"),
    "resolution_p3": gettext_lazy("Resolved in time, P3"),
    "resolution_p4": gettext_lazy("Resolved in time, P4"),
}
MOST_MARKS: Final = 400


@dataclass(frozen=True, slots=True)
class Judged:
    """A promise that was decided in the month."""

    ticket: Ticket
    kind: Kind
    reading: Reading
    late: bool

    @property
    def used(self) -> float:
        """The part of the promised time that was used, in per cent."""
        return round(100 * self.reading.elapsed / self.reading.target, 2)


def run(client: Client, month: Month) -> Part:
    """Promises decided in the month, by their clock as it stood in the month's last second.

    One is decided when it is met, or else when it breaks; so each belongs to one month. The policy's version in force when the
    ticket was opened judges it.
    """
    judged = list(_judged(client, month))
    figures: list[Figure] = []
    for kind in (Kind.RESPONSE, Kind.RESOLUTION):
        own = [each for each in judged if each.kind is kind]
        figures.append(_figure(kind.value, own))
        figures += [
            _figure(f"{kind.value}_{each.lower()}", [one for one in own if one.reading.priority == each])
            for each in PRIORITIES
        ]
    return Part(figures, {"marks": _marks(judged), "versions": _versions(client, judged)})


def verdict(part: FrozenPart) -> Verdict:
    """In one sentence."""
    n, kept = part.n("resolution"), part.value("resolution")
    if kept is None:
        answered = part.value("response")
        if answered is None:
            return Verdict(
                "unknown", _("No promise was decided in this month: no ticket, or no policy that judges one.")
            )
        told = {"n": number(part.n("response")), "share": percent_words(answered)}
        text = _("%(share)s of %(n)s answers came in time; no resolution was decided in this month.") % told
        return Verdict("fine" if answered == 100 else "medium", text)
    told = {"n": number(n), "share": percent_words(kept), "answered": percent_words(part.value("response"))}
    text = _("%(share)s of %(n)s tickets were resolved in time; %(answered)s were answered in time.") % told
    return Verdict("fine" if kept == 100 and part.value("response") in (100, None) else "medium", text)


def said(facts: Facts) -> str:
    """What counts about a row."""
    told = {
        "used": length_words(facts["elapsed"]),
        "target": length_words(facts["target"]),
        "priority": facts["priority"],
    }
    if facts["late"]:
        return _("%(priority)s, late: %(used)s of %(target)s") % told
    return _("%(priority)s, in time: %(used)s of %(target)s") % told


def charts(part: FrozenPart) -> Sequence[Drawing]:
    """Every resolution as a mark, placed at the share of its promised time that was used."""
    marks = part.facts.get("marks", [])
    lanes = []
    for each in PRIORITIES:
        n = part.n(f"resolution_{each.lower()}")
        if n:
            own = [(float(used), bool(late)) for priority, used, late in marks if priority == each]
            lanes.append((_("%(priority)s, n = %(n)s") % {"priority": each, "n": number(n)}, own))
    if not lanes:
        return ()
    height, drawn = dots(lanes)
    late = sum(1 for _priority, _used, is_late in marks if is_late)
    label = _("Each ticket as a share of the time promised. %(late)s of %(n)s are late.") % {
        "late": number(late),
        "n": number(part.n("resolution")),
    }
    caption = _(
        "Each mark is one ticket that was resolved, or whose time ran out, placed at the share of its promised time that was used. "
        "Triangles are late. Waiting, closed hours and what was excluded are left out as the clock's rules say."
    )
    if part.n("resolution") > len(marks):
        caption = _("%(text)s Drawn are the %(most)s latest.") % {"text": caption, "most": number(len(marks))}
    return (Drawing("dots", label, height, drawn, caption),)


def _judged(client: Client, month: Month) -> Iterator[Judged]:
    tickets = _candidates(client, month)
    clocks = clocks_of(tickets, at=month.known_until(timezone.now()))
    for ticket in tickets:
        found = clocks.get(ticket.pk)
        for kind, reading in found.readings.items() if found is not None else ():
            decided = decided_at(reading)
            if month.holds(decided):
                yield Judged(ticket, kind, reading, reading.elapsed > reading.target)


def decided_at(reading: Reading) -> datetime | None:
    """When a promise was decided: broken at its due instant, else kept when it was met; None while it is open."""
    at = reading.due if reading.elapsed > reading.target else reading.met
    return datetime.fromtimestamp(at, UTC) if at is not None else None


def _candidates(client: Client, month: Month) -> list[Ticket]:
    """Tickets of which something may have been decided in the month: opened before its end, and owing something not met before it."""
    owed = Obligation.objects.filter(client=client, subject_kind="tickets.ticket").exclude(
        state=Obligation.State.WAIVED
    )
    unsettled = owed.filter(Q(met_at=None) | Q(met_at__gte=month.start)).values("subject_uid")
    rows = Ticket.objects.filter(client=client, opened_at__lt=month.end, uid__in=unsettled)
    return list(rows.order_by("opened_at", "pk"))


def _figure(slug: str, judged: Sequence[Judged]) -> Figure:
    return share(slug, [_row(each) for each in judged], sum(1 for each in judged if not each.late))


def _row(each: Judged) -> Row:
    reading = each.reading
    return ticket_row(
        each.ticket,
        {"priority": reading.priority, "late": each.late, "elapsed": reading.elapsed, "target": reading.target},
    )


def _marks(judged: Sequence[Judged]) -> list[list[Any]]:
    own = [each for each in judged if each.kind is Kind.RESOLUTION]
    return [[each.reading.priority, each.used, each.late] for each in own[-MOST_MARKS:]]


def _versions(client: Client, judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """By which versions of which policies these were judged, so that a client can look them up."""
    uids = {each.ticket.uid for each in judged}
    rows = Obligation.objects.filter(client=client, subject_kind="tickets.ticket", subject_uid__in=uids)
    found = rows.values_list("version__policy__name", "version__valid_from").distinct()
    return [
        {"policy": name, "valid_from": since.isoformat()}
        for name, since in sorted(found.order_by("version__policy__name", "version__valid_from"))
    ]
