# SPDX-License-Identifier: Apache-2.0
"""What alerts leave in a ticket's timeline, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from steward.desk.tickets.public import register_timeline_kind
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Severity


def _joined(params: Mapping[str, Any]) -> str:
    title = title_of(params["kind"], params["params"])
    return str(_("%(alert)s joined: %(title)s") % {"alert": params["alert"], "title": title})


def _joined_many(params: Mapping[str, Any]) -> str:
    return str(_("%(count)s alerts joined") % {"count": params["count"]})


def _behind(params: Mapping[str, Any]) -> str:
    said = ngettext(
        "%(count)s alert of what hangs on %(asset)s joined",
        "%(count)s alerts of what hangs on %(asset)s joined",
        params["count"],
    )
    return said % {"count": params["count"], "asset": params["asset"]}


def _explained(params: Mapping[str, Any]) -> str:
    said = _("%(alert)s likely explains it. %(asset)s: %(title)s")
    return said % {
        "alert": params["alert"],
        "asset": params["asset"],
        "title": title_of(params["kind"], params["params"]),
    }


def _left_behind(params: Mapping[str, Any]) -> str:
    said = ngettext(
        "%(count)s alert goes on although %(cause)s is over, and gets a ticket of its own",
        "%(count)s alerts go on although %(cause)s is over, and get tickets of their own",
        params["count"],
    )
    return said % {"count": params["count"], "cause": params["cause"]}


def _cleared(params: Mapping[str, Any]) -> str:
    title = title_of(params["kind"], params["params"])
    return str(_("%(alert)s is over: %(title)s") % {"alert": params["alert"], "title": title})


def _cleared_many(params: Mapping[str, Any]) -> str:
    return str(_("%(count)s alerts are over") % {"count": params["count"]})


def _worsened(params: Mapping[str, Any]) -> str:
    severity = Severity(params["severity"]).label
    return str(_("%(alert)s got worse: %(severity)s") % {"alert": params["alert"], "severity": severity})


def _called(params: Mapping[str, Any]) -> str:
    if params["joined"]:
        return str(_("joined the call %(page)s, which goes on for this client") % {"page": params["page"]})
    return str(_("critical: %(page)s calls whoever is on call") % {"page": params["page"]})


def _call_joined(params: Mapping[str, Any]) -> str:
    return str(_("%(ticket)s joined the call %(page)s") % {"ticket": params["ticket"], "page": params["page"]})


register_timeline_kind("alerts.called", words=_called, icon="phone-call")
register_timeline_kind("alerts.call_joined", words=_call_joined, icon="phone-call")
register_timeline_kind("alerts.joined", words=_joined, icon="link")
register_timeline_kind("alerts.joined_many", words=_joined_many, icon="link")
register_timeline_kind("alerts.cleared", words=_cleared, icon="circle-check")
register_timeline_kind("alerts.cleared_many", words=_cleared_many, icon="circle-check")
register_timeline_kind("alerts.worsened", words=_worsened, icon="alert-triangle")
register_timeline_kind("alerts.behind", words=_behind, icon="link")
register_timeline_kind("alerts.explained", words=_explained, icon="link")
register_timeline_kind("alerts.left_behind", words=_left_behind, icon="alert-triangle")
