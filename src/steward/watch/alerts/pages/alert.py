# SPDX-License-Identifier: Apache-2.0
"""One alert: what was noticed, what became of it, whether it was right."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from steward.core.access.public import Refused
from steward.core.records.public import RecordRef, find_record, record_title, record_url
from steward.core.tenancy.public import Actor
from steward.core.ui.public import Done, FormContext, Kind, Request, acting, page, undoes, verb, with_reason
from steward.watch.alerts import queries
from steward.watch.alerts.actions import alert_acknowledge, alert_judge, alert_resolve, alert_snooze, alert_wake
from steward.watch.alerts.kinds import title_of
from steward.watch.alerts.models import Alert, AlertEntry, AlertState, Severity, Verdict
from steward.watch.alerts.records import alert_url
from steward.watch.alerts.words import drawn, entry_words

TICKET: Final = "tickets.ticket"  # a kind of record; where the reader may not see tickets, none is found
SHOWN: Final = 8
SNOOZES: Final = {
    "1h": (gettext_lazy("for an hour"), timedelta(hours=1)),
    "4h": (gettext_lazy("for four hours"), timedelta(hours=4)),
    "1d": (gettext_lazy("for a day"), timedelta(days=1)),
    "7d": (gettext_lazy("for a week"), timedelta(days=7)),
}


@dataclass(frozen=True, slots=True)
class Happened:
    """An entry as a line."""

    words: str
    entry: AlertEntry


@dataclass(frozen=True, slots=True)
class Leads:
    """Another record, where the reader may see it."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class AlertPage:
    """An alert's record."""

    title: str
    number: str
    alert: Alert
    severity: str
    severity_words: str
    state: str
    snoozed_until: datetime | None
    story: list[Happened]
    ticket: Leads | None
    source: Leads | None
    cause: Leads | None
    behind: list[Alert]
    behind_count: int
    behind_url: str
    verdict: str
    snoozes: list[tuple[str, str]]
    others: list[Alert]


@page(
    "alerts/<str:number>/",
    permission="alerts.view",
    kind=Kind.RECORD,
    title=gettext_lazy("Alert"),
    parent="alerts.alerts",
)
def alert(request: Request, number: str) -> AlertPage:
    """The record of an alert."""
    found = queries.alert(number)
    put_off = found.snoozed_until
    behind = list(queries.behind(found)[: SHOWN + 1])
    return AlertPage(
        title=title_of(found.kind, found.params),
        number=found.number,
        alert=found,
        severity=drawn(found.severity),
        severity_words=str(Severity(found.severity).label),
        state=str(AlertState(found.state).label),
        snoozed_until=put_off if put_off is not None and put_off > timezone.now() else None,
        story=[Happened(entry_words(each), each) for each in queries.entries(found)],
        ticket=_leads(RecordRef(TICKET, found.ticket_uid) if found.ticket_uid is not None else None),
        source=_leads(found.ref),
        cause=_cause(found.cause),
        behind=behind[:SHOWN],
        behind_count=len(behind) if len(behind) <= SHOWN else queries.behind(found).count(),
        behind_url=f"{reverse('alerts.alerts')}?cause={found.number}",
        verdict=str(Verdict(found.verdict).label) if found.verdict else "",
        snoozes=[(key, str(words)) for key, (words, _span) in SNOOZES.items()],
        others=list(queries.alerts_of(found.asset).exclude(pk=found.pk)[:5]) if found.asset is not None else [],
    )


def _leads(ref: RecordRef | None) -> Leads | None:
    row = find_record(ref) if ref is not None else None
    return Leads(record_title(row), record_url(row) or "") if row is not None else None


def _cause(cause: Alert | None) -> Leads | None:
    if cause is None:
        return None
    title = title_of(cause.kind, cause.params)
    return Leads(f"{cause.asset.name}: {title}" if cause.asset is not None else title, alert_url(cause))


@verb(alert, "acknowledge", permission="alerts.work")
def _acknowledge(request: Request, number: str) -> Done:
    if alert_acknowledge(queries.alert(number), actor=acting()):
        return Done(_("You acknowledged %(number)s.") % {"number": number})
    return Done(_("%(number)s was answered already; nothing was changed.") % {"number": number})


@verb(alert, "snooze", permission="alerts.work")
def _snooze(request: Request, number: str) -> Done:
    found = queries.alert(number)
    chosen = SNOOZES.get(request.POST.get("for", ""))
    if chosen is None:
        raise Refused("for", _("Choose how long: 1h, 4h, 1d or 7d."))
    words, span = chosen
    alert_snooze(found, actor=acting(), until=timezone.now() + span)
    return Done(
        _("%(number)s is put off %(span)s.") % {"number": number, "span": words},
        undo="alerts.alert.snooze",
        undo_args={"number": number},
    )


@undoes("alerts.alert.snooze")
def undo_snooze(*, actor: Actor, number: str) -> None:
    """Have a put-off alert among what is to be done again."""
    alert_wake(queries.alert(number), actor=actor)


@verb(alert, "wake", permission="alerts.work")
def _wake(request: Request, number: str) -> Done:
    alert_wake(queries.alert(number), actor=acting())
    return Done(_("%(number)s is among what is to be done again.") % {"number": number})


@verb(alert, "judge", permission="alerts.work")
def _judge(request: Request, number: str) -> Done:
    alert_judge(queries.alert(number), actor=acting(), verdict=request.POST.get("verdict", ""))
    return Done(_("Thank you: %(number)s counts as you said.") % {"number": number})


@page(
    "alerts/<str:number>/resolve/",
    permission="alerts.work",
    kind=Kind.FORM,
    title=gettext_lazy("Resolve by hand"),
    parent="alerts.alert",
    template="ui/form.html",
)
def alert_end(request: Request, number: str) -> FormContext | HttpResponse:
    """Say that an alert is over, though nothing was seen to say so."""
    found = queries.alert(number)

    def act(reason: str) -> Done:
        alert_resolve(found, actor=acting(), reason=reason)
        return Done(_("%(number)s is resolved.") % {"number": number}, goto=reverse("alerts.alert", args=[number]))

    return with_reason(
        request,
        act,
        title=_("Resolve %(number)s by hand") % {"number": number},
        submit=_("Resolve"),
        cancel_url=reverse("alerts.alert", args=[number]),
    )
