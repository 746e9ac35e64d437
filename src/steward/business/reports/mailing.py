# SPDX-License-Identifier: Apache-2.0
"""Mailing what was issued: to each contact that the client's plan names, in their language, with the PDF."""

from typing import Final

from django.utils import timezone

from steward.business.reports.models import ReportMail, Revision
from steward.business.reports.plans import Mailed, recipients_of
from steward.core.files.public import StoredFile
from steward.core.notify.public import Address, handed_over, send
from steward.core.records.public import record_ref

NOTICE: Final = "reports.issued"
EXPIRED: Final = "expired"  # a delivery that was let go


def mail_revision(revision: Revision) -> list[ReportMail]:
    """Mail an issued revision to those who have not got it, with the open transaction; its files must be made.

    Once for a contact and a revision, however often it is asked, unless the message was let go because there was nothing to send it
    with. What is handed over twice after a kill has one Message-ID.
    """
    mails = list(revision.mails.all())
    fates = handed_over(each.notice for each in mails) if mails else {}
    let_go = {notice for notice, fate in fates.items() if fate.state == EXPIRED}
    got = {each.contact_id for each in mails if each.notice not in let_go}
    files = {each.language: each.file for each in revision.files.select_related("file")}
    wanted = [each for each in recipients_of(revision.report.client) if each.contact.pk not in got]
    return [_mailed(revision, each, files[each.language]) for each in wanted if each.language in files]


def _mailed(revision: Revision, to: Mailed, file: StoredFile) -> ReportMail:
    report = revision.report
    params: dict[str, str | int] = {
        "report": str(record_ref(report)),
        "client": str(record_ref(report.client)),
        "month": f"{report.month:%Y-%m}",
        "revision": revision.n,
    }
    address = Address(to.contact.email, to.contact.name, to.language, to.zone)
    [notice] = send(NOTICE, to=address, params=params, client=report.client, files=[file])
    made, _new = ReportMail.objects.update_or_create(
        client=report.client,
        revision=revision,
        contact=to.contact,
        defaults={"language": to.language, "notice": notice, "created_at": timezone.now()},
    )
    return made
