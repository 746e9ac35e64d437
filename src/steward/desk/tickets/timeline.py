# SPDX-License-Identifier: Apache-2.0
"""This room's own kinds of entries, and the words for them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from steward.desk.tickets.clock import OPENED, PRIORITY, REOPENED, REPLY, RESOLVED, STATUS
from steward.desk.tickets.kinds import Words, register_timeline_kind
from steward.desk.tickets.models import TicketSource, TicketStatus

_FIELDS = {
    "kind": _("kind"),
    "summary": _("summary"),
    "description": _("description"),
    "asset": _("asset"),
    "requester": _("requester"),
}

_USED = {
    "response": _("%(percent)s %% of the time to respond is used"),
    "resolution": _("%(percent)s %% of the time to resolve is used"),
}


def _opened(params: Mapping[str, Any]) -> Words:
    source = TicketSource(params["source"])
    return _("opened as %(priority)s, by way of: %(source)s") % {"priority": params["priority"], "source": source.label}


def _status(params: Mapping[str, Any]) -> Words:
    before, after = TicketStatus(params["before"]), TicketStatus(params["after"])
    return _("set from %(before)s to %(after)s") % {"before": before.label, "after": after.label}


def _priority(params: Mapping[str, Any]) -> Words:
    return _("changed the priority from %(before)s to %(after)s") % params


def _reply(params: Mapping[str, Any]) -> Words:
    return _("answered automatically") if params["automatic"] else _("answered in public")


def _resolved(_params: Mapping[str, Any]) -> Words:
    return _("resolved it")


def _reopened(params: Mapping[str, Any]) -> Words:
    return _("reopened it: %(reason)s") % params


def _assigned(params: Mapping[str, Any]) -> Words:
    if params["after"] is None:
        return _("gave it back to the queue")
    name = params.get("people", {}).get(params["after"], "")
    return _("gave it to %(name)s") % {"name": name} if name else _("gave it to somebody")


def _queue(params: Mapping[str, Any]) -> Words:
    if params["after"] is None:
        return _("took it out of its queue")
    name = params.get("queues", {}).get(params["after"], "")
    return _("moved it to the queue %(name)s") % {"name": name} if name else _("moved it to another queue")


def _tier(params: Mapping[str, Any]) -> Words:
    return _("moved it from tier %(before)s to tier %(after)s") % params


def _edited(params: Mapping[str, Any]) -> Words:
    return _("changed: %(fields)s") % {"fields": ", ".join(str(_FIELDS.get(each, each)) for each in params["fields"])}


def _linked(params: Mapping[str, Any]) -> Words:
    title = params.get("records", {}).get(params["record"], "")
    return _("linked %(title)s") % {"title": title} if title else _("linked a record")


def _unlinked(params: Mapping[str, Any]) -> Words:
    title = params.get("records", {}).get(params["record"], "")
    return _("took away the link to %(title)s") % {"title": title} if title else _("took a link away")


def _note(_params: Mapping[str, Any]) -> Words:
    return _("wrote an internal note")


def _threshold(params: Mapping[str, Any]) -> Words:
    said = _USED[params["target"]] % {"percent": params["percent"]}
    match params["action"]:
        case "raise_tier":
            done = _("tier %(before)s → %(tier)s") % params
        case "page_on_call":
            done = _("%(page)s calls whoever is on duty") % params
        case _:
            count = len(params["told"])
            done = ngettext("%(count)s person told", "%(count)s people told", count) % {"count": count}
    return _("%(said)s: %(done)s") % {"said": said, "done": done}


register_timeline_kind(OPENED, _opened, icon="plus", public=True)
register_timeline_kind(STATUS, _status, icon="progress", public=True)
register_timeline_kind(PRIORITY, _priority, icon="arrows-sort", public=True)
register_timeline_kind(REPLY, _reply, icon="message", public=True)
register_timeline_kind(RESOLVED, _resolved, icon="circle-check", public=True)
register_timeline_kind(REOPENED, _reopened, icon="rotate-2", public=True)
register_timeline_kind("tickets.assigned", _assigned, icon="user")
register_timeline_kind("tickets.queue", _queue, icon="inbox")
register_timeline_kind("tickets.tier", _tier, icon="stairs-up")
register_timeline_kind("tickets.edited", _edited, icon="pencil")
register_timeline_kind("tickets.linked", _linked, icon="link")
register_timeline_kind("tickets.unlinked", _unlinked, icon="unlink")
register_timeline_kind("tickets.note", _note, icon="lock")
register_timeline_kind("tickets.threshold", _threshold, icon="alarm")
