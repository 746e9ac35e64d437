# SPDX-License-Identifier: Apache-2.0
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from steward.business.reports.actions import report_issue
from steward.business.reports.computing import Counted, content_of, counted_part
from steward.business.reports.making import COUNT, keep
from steward.business.reports.models import Counting, Report, Revision
from steward.business.reports.owing import make_one, owed_now
from steward.business.reports.registry import section_kinds
from steward.business.reports.waiting import tell_who_decides
from steward.core.access.public import Refused
from steward.core.jobs.public import Backoff, OperatorError, current_job, periodic
from steward.core.operations.public import Work, operation
from steward.core.tenancy.public import current_scope

RETRY: Final = Backoff(attempts=6, first=timedelta(minutes=1), factor=3.0, longest=timedelta(hours=1))
_TITLES: Final = {slug: kind.title for slug, kind in section_kinds().items()}


@operation(
    kind=COUNT,
    label=_("Counting of a monthly report"),
    permission="reports.drafts_view",
    messages=_TITLES,
    retry=RETRY,
)
def count_month(work: Work) -> dict[str, Any]:
    """Count a month, section by section. Begun anew after a worker died it counts anew; kept it is once."""
    if "revision" in work.checkpoint:
        return {"revision": work.checkpoint["revision"]}
    at, uid = timezone.now(), UUID(work.params["counting"])
    with transaction.atomic():
        asked = Counting.objects.select_related("report__client").get(uid=uid)
    counted = _counted(work, asked.report)
    if asked.by_schedule and counted.is_away and not _last_attempt():
        raise OperatorError("The store of measurements did not answer; counted again later.")
    checkpoint: dict[str, Any] = {}
    with work.step(done=len(_TITLES), checkpoint=checkpoint):
        draft = keep(uid, counted, at)
        checkpoint["revision"] = draft.n if draft is not None else None
        issued = _issue(asked.report) if draft is not None and asked.issues else None
        if draft is not None and asked.by_schedule and issued is None:
            tell_who_decides(asked.report, counted=True)
    return {"revision": checkpoint["revision"]}


@periodic("*/15 * * * *", name="reports.schedule", atomic=False)
def make_what_is_owed() -> None:
    """Have the reports made that are due and not there. Each in a transaction of its own, and each month has one report at most: a
    repeat finds it, and what a missed run left out is owed still."""
    with transaction.atomic():
        found = owed_now(timezone.now())
    for each in found:
        # Somebody made it by hand in this very moment.
        with suppress(Refused), transaction.atomic():
            make_one(each, actor=current_scope().actor)


def _counted(work: Work, report: Report) -> Counted:
    month, parts = report.span, []
    for done, kind in enumerate(section_kinds().values()):
        work.progress(done, message=(kind.slug, {}))
        with transaction.atomic():
            parts.append((kind.slug, counted_part(kind, report.client, month)))
    with transaction.atomic():
        return content_of(report.client, month, parts)


def _issue(report: Report) -> Revision | None:
    # What can't be issued, such as with a section that nobody could count, waits for a person.
    with suppress(Refused), transaction.atomic():
        return report_issue(report, actor=current_scope().actor)
    return None


def _last_attempt() -> bool:
    running = current_job()
    return running is None or running.last_attempt
