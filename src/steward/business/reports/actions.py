# SPDX-License-Identifier: Apache-2.0
"""Every write about reports, and about when and for whom they are made.

What was issued is never changed: whoever has to correct it issues a revision."""

from collections.abc import Collection
from datetime import time
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.business.reports.computing import month_of
from steward.business.reports.events import ReportIssued
from steward.business.reports.frozen import parts_of
from steward.business.reports.mailing import mail_revision
from steward.business.reports.making import begin, end, tell
from steward.business.reports.models import (
    Counting,
    CountingState,
    Report,
    ReportPlan,
    ReportRecipient,
    ReportState,
    Revision,
)
from steward.business.reports.month import Month
from steward.business.reports.plans import contacts_offered, next_due, zone_of
from steward.business.reports.search import index
from steward.core.access.public import Refused, action, changed, save_once, snapshot
from steward.core.audit.public import audit
from steward.core.events.public import emit
from steward.core.records.public import next_number
from steward.core.tenancy.public import Actor, Client
from steward.estate.clients.public import Contact

PREFIX: Final = "RP"
REASON_LENGTH: Final = 300
PLANNED: Final = ("enabled", "day", "at", "issues")


@action(permission="reports.make")
def report_draft(client: Client, *, actor: Actor, month: str) -> Report:
    """Have a month, "2026-10", counted into a draft that only staff see; of the month that goes on, what is known so far.

    A worker counts. A report of that month that was discarded is taken up again. Raises:
        Refused: field `month` when it is none, has not begun in the contract's zone, or has a report.
    """
    try:
        asked = month_of(client, month)
    except (ValueError, OverflowError) as bad:
        raise Refused("month", _("Write a month as 2026-10.")) from bad
    if asked.start > timezone.now():
        raise Refused("month", _("This month has not begun yet."))
    report = report_of(client, asked)
    begin(report, actor=actor)
    audit("reports.report.draft", report, number=report.number, month=str(asked))
    return report


@action(permission="reports.make")
def report_recount(report: Report, *, actor: Actor) -> Counting:
    """Have the draft of a report counted again: what came late is in it then. One that was discarded is taken up again.

    Raises Refused for the whole when it was issued and has no draft, or is being counted.
    """
    held = _held(report)
    draft = held.revisions.filter(state=ReportState.DRAFT).first()
    if draft is None and held.state == ReportState.ISSUED:
        raise Refused("", _("There is no draft. What was issued is never changed; reissue it."))
    if held.discarded_at is not None:
        _take_up(held)
    found = begin(held, actor=actor)
    audit("reports.report.recount", held, revision=draft.n if draft is not None else 1)
    return found


@action(permission="reports.make")
def report_issue(report: Report, *, actor: Actor) -> Revision:
    """Freeze the draft as it was counted, let the client see it, and have it mailed to the contacts that the client's plan names.

    Raises Refused for the whole when it has no draft, while it is being counted, when that was before the month was over, or when a
    section of it could not be counted because the store was away.
    """
    held = _held(report)
    draft = held.revisions.select_related("report__client").filter(state=ReportState.DRAFT).first()
    if _running(held) is not None:
        raise Refused("", _("It is being counted. Look at what comes of it, then issue it."))
    if draft is None:
        raise Refused("", _("There is no draft. What was issued is never changed; reissue it."))
    if draft.is_so_far:
        raise Refused("", _("It was counted before the month was over. Count it again afterwards, then issue it."))
    if any(part.fault == "away" for part in parts_of(draft.content)):
        raise Refused("", _("A section could not be counted. Count again when the store of measurements is back."))
    draft.state, draft.issued_at, draft.issued_by_id = ReportState.ISSUED, timezone.now(), actor.user_id
    draft.save(update_fields=["state", "issued_at", "issued_by"])
    Report.objects.filter(pk=report.pk).update(state=ReportState.ISSUED)
    audit("reports.report.issue", report, revision=draft.n, sha256=draft.sha256)
    emit(ReportIssued(report.client_id, report.uid, draft.n))
    tell(report)
    return draft


@action(permission="reports.make")
def report_reissue(report: Report, *, actor: Actor, reason: str) -> Counting:
    """Have the month counted anew, as a draft beside what was issued; it shows what differs, figure by figure.

    Raises Refused: field `reason` when empty or too long; the whole when nothing was issued, a draft is there, or one is being counted.
    """
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise Refused("reason", _("Say why, in at most %(length)s characters.") % {"length": REASON_LENGTH})
    held = _held(report)
    if held.state != ReportState.ISSUED:
        raise Refused("", _("It was not issued yet: count the draft again instead."))
    if held.revisions.filter(state=ReportState.DRAFT).exists():
        raise Refused("", _("A revision is being drafted already."))
    found = begin(held, actor=actor, reason=reason.strip())
    audit("reports.report.reissue", held, reason=found.reason)
    return found


@action(permission="reports.make")
def report_discard(report: Report, *, actor: Actor) -> Report:
    """Throw away the draft of a report, or that of a reissue, and what is being counted for it. What was issued stays.

    A report without anything issued is in no list any more, and the schedule does not make it again; a person may.
    Raises Refused for the whole when there is nothing to throw away.
    """
    held = _held(report)
    draft = held.revisions.filter(state=ReportState.DRAFT).first()
    running = _running(held)
    never_issued = held.state == ReportState.DRAFT and held.discarded_at is None
    if draft is None and running is None and not never_issued:
        raise Refused("", _("There is no draft. What was issued stays."))
    if running is not None:
        end(running, CountingState.CANCELLED)
    said = {"revision": draft.n, "sha256": draft.sha256} if draft is not None else {}
    if draft is not None:
        draft.delete()
    if never_issued:
        held.discarded_at = timezone.now()
        held.save(update_fields=["discarded_at"])
    audit("reports.report.discard", held, **said)
    tell(held)
    return held


@action(permission="reports.make")
def report_mail(report: Report, *, actor: Actor) -> int:
    """Mail what was issued last to the contacts of the client's plan who have not got it. Returns to how many.

    Raises Refused for the whole when nothing was issued, its files are not made yet, or nobody is left to be mailed.
    """
    held = _held(report)
    issued = held.revisions.select_related("report__client").filter(state=ReportState.ISSUED).order_by("-n").first()
    if issued is None:
        raise Refused("", _("It was not issued yet. Issue it; then it is mailed."))
    if not issued.files.exists():
        raise Refused("", _("Its PDF is being made. It is mailed when that is done."))
    mailed = len(mail_revision(issued))
    if not mailed:
        raise Refused("", _("Everybody whom the client's plan names was mailed already, or it names nobody."))
    audit("reports.report.mail", held, revision=issued.n, recipients=mailed)
    tell(held)
    return mailed


@action(permission="reports.plan")
def plan_set(
    client: Client, *, actor: Actor, enabled: bool, day: int, at: time, issues: bool, contacts: Collection[UUID]
) -> ReportPlan:
    """Decide whether a client's report is made of each month, on which day of the month after and when by the client's clock, whether
    it is `issues`d and mailed without a person's look, and which contacts are mailed it, whoever issues it.

    Switched on again it begins with the month that is due next: nothing is made of the time in which it was off.
    Raises:
        Refused: fields `day`, `at`, `contacts`.
    """
    if not ReportPlan.FIRST_DAY <= day <= ReportPlan.LAST_DAY:
        raise Refused("day", _("Say a day from 1 to 28: every month has these."))
    if at.tzinfo is not None:
        raise Refused("at", _("Write the time without a zone, as 06:00: it is that of the client's clock."))
    chosen = _checked_contacts(client, contacts)
    plan = ReportPlan.objects.select_for_update(of=("self",)).filter(client=client).first() or ReportPlan(client=client)
    before = snapshot(plan, PLANNED) | {"contacts": _chosen(plan) if plan.pk else []}
    was_off = not plan.enabled
    plan.enabled, plan.day, plan.at, plan.issues = enabled, day, at.replace(second=0, microsecond=0), issues
    if enabled and was_off:
        plan.since, _due = next_due(plan, zone_of(client), timezone.now())
    save_once(plan, "", _("Somebody else set this at the same moment. Reload the page."))
    plan.refresh_from_db(fields=["uid"])
    plan.recipients.exclude(contact__in=chosen).delete()
    there = set(plan.recipients.values_list("contact_id", flat=True))
    for contact in chosen:
        if contact.pk not in there:
            ReportRecipient.objects.create(client=client, plan=plan, contact=contact)
    after = snapshot(plan, PLANNED) | {"contacts": sorted(str(each.uid) for each in chosen)}
    audit("reports.plan.set", plan, changed=changed(before, after))
    return plan


def report_of(client: Client, month: Month) -> Report:
    """The report of a month that is to be counted: new, or one that was discarded. Raises Refused, field `month`, when there is one."""
    taken = _("There is a report of this month already. Count it again, or reissue it.")
    held = Report.objects.select_for_update(of=("self",)).filter(client=client, month=month.first).first()
    if held is not None:
        if held.discarded_at is None:
            raise Refused("month", taken)
        held.timezone = month.zone
        _take_up(held)
        return held
    report = Report(client=client, number=next_number(PREFIX), month=month.first, timezone=month.zone)
    save_once(report, "month", taken)
    report.refresh_from_db(fields=["uid"])
    index(report)
    return report


def _take_up(report: Report) -> None:
    report.discarded_at = None
    report.save(update_fields=["discarded_at", "timezone"])


def _held(report: Report) -> Report:
    return Report.objects.select_for_update(of=("self",)).select_related("client").get(pk=report.pk)


def _running(report: Report) -> Counting | None:
    return report.countings.select_for_update(of=("self",)).filter(state=CountingState.RUNNING).first()


def _chosen(plan: ReportPlan) -> list[str]:
    return sorted(str(uid) for uid in plan.recipients.values_list("contact__uid", flat=True))


def _checked_contacts(client: Client, uids: Collection[UUID]) -> list[Contact]:
    wanted = {str(each) for each in uids}
    found = [each for each in contacts_offered(client) if str(each.uid) in wanted]
    if len(found) != len(wanted):
        raise Refused("contacts", _("Choose among the contacts of this client who have an e-mail address."))
    return found
