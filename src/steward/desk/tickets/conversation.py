# SPDX-License-Identifier: Apache-2.0
"""The story of a ticket as its page shows it: days, what was said, and small lines of what happened."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _

from steward.core.records.public import RecordRef, find_records, record_title
from steward.desk.tickets import queries
from steward.desk.tickets.clock import OPENED
from steward.desk.tickets.kinds import timeline_icon, timeline_words
from steward.desk.tickets.models import Attachment, Message, Ticket, TimelineEntry

EVERYTHING, CLIENT, NOTES = "all", "client", "notes"
MOST: Final = 500  # entries shown; the newest
Entry = dict[str, Any]


def story(ticket: Ticket, *, show: str, reader_id: int | None) -> list[Entry]:
    """What the reader may see, in order, under its days. `show` narrows it to the words with the client, or to notes."""
    rows = list(queries.timeline_of(ticket).reverse()[:MOST])[::-1]
    names = _names(rows)
    files = queries.attachments_of(each.message for each in rows if each.message is not None)
    found = [
        (each.at, entry)
        for each in rows
        for entry in _entries(ticket, each, names, files, reader_id)
        if _fits(entry, show)
    ]
    return list(_under_days(found))


def _fits(entry: Entry, show: str) -> bool:
    if show == CLIENT:
        return entry["kind"] == "message" and not entry.get("internal")
    if show == NOTES:
        return entry["kind"] == "message" and bool(entry.get("internal"))
    return True


def _entries(
    ticket: Ticket,
    each: TimelineEntry,
    names: Mapping[str, Any],
    files: Mapping[int, Sequence[Attachment]],
    reader_id: int | None,
) -> Iterator[Entry]:
    if each.kind == OPENED and ticket.description:
        yield _description(ticket)
    if each.message is not None:
        yield _message(ticket, each.message, files.get(each.message.pk, ()), reader_id)
        return
    who = str(each.person) if each.person else _("Steward")
    text = timeline_words(each.kind, {**each.params, **names})
    yield {
        "kind": "event",
        "icon": timeline_icon(each.kind),
        "html": format_html('<b translate="no">{}</b> {}', who, text),
        "at": each.at,
        "absolute": "H:i",
    }


def _description(ticket: Ticket) -> Entry:
    author = ticket.requester.name if ticket.requester else str(ticket.opened_by or _("Steward"))
    origin = f"{ticket.client.name} · {ticket.get_source_display()}"
    return {"kind": "message", "author": author, "origin": origin, "at": ticket.opened_at, "text": ticket.description}


def _message(ticket: Ticket, message: Message, files: Sequence[Attachment], reader_id: int | None) -> Entry:
    to = ticket.requester.name if ticket.requester else ticket.client.name
    origin = _("to the team") if message.internal else _("to %(name)s") % {"name": to}
    if message.automatic:
        origin = _("%(origin)s · automatic, which keeps no promise") % {"origin": origin}
    return {
        "kind": "message",
        "author": str(message.author) if message.author else _("Steward"),
        "origin": origin,
        "mine": message.author_id is not None and message.author_id == reader_id,
        "internal": message.internal,
        "at": message.at,
        "text": message.body,
        "files": [
            {
                "name": each.file.name,
                "size": each.file.size,
                "type": each.file.content_type,
                "url": reverse("tickets.attachment", args=[ticket.number, each.uid]),
            }
            for each in files
        ],
    }


def _under_days(found: Iterable[tuple[Any, Entry]]) -> Iterator[Entry]:
    day = None
    for at, entry in found:
        local = timezone.localtime(at).date()
        if local != day:
            day = local
            yield {"kind": "day", "label": date_format(local, "l j F Y")}
        yield entry


def _names(rows: Iterable[TimelineEntry]) -> dict[str, Any]:
    """What parameters refer to, in words: persons and queues by their keys, records by their references."""
    people, queues, refs = set(), set(), set()
    for each in rows:
        keys = [each.params.get(name) for name in ("before", "after")]
        if each.kind == "tickets.assigned":
            people |= {key for key in keys if key is not None}
        elif each.kind == "tickets.queue":
            queues |= {key for key in keys if key is not None}
        elif "record" in each.params:
            refs.add(each.params["record"])
    return {
        "people": queries.people_named(people) if people else {},
        "queues": queries.queues_named(queues) if queues else {},
        "records": _titles(refs) if refs else {},
    }


def _titles(texts: Iterable[str]) -> dict[str, str]:
    refs = {}
    for text in texts:
        try:
            refs[RecordRef.parse(text)] = text
        except ValueError:  # of a room that is gone
            continue
    return {refs[ref]: record_title(row) for ref, row in find_records(refs).items()}
