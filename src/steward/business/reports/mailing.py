# SPDX-License-Identifier: Apache-2.0
"""Mailing what was issued: to each contact that the client's plan names, in their language, with the PDF."""

from steward.business.reports.models import ReportMail, Revision
from steward.business.reports.plans import Mailed, recipients_of
from steward.core.files.public import StoredFile
from steward.core.notify.public import Address, send
from steward.core.records.public import record_ref

NOTICE = "reports.issued"


def mail_revision(revision: Revision) -> list[ReportMail]:
    """Mail an issued revision to those who have not got it, with the open transaction; its files must be made.

    Once for a contact and a revision, however often it is asked; what is handed over twice after a kill has one Message-ID.
    """
    got = set(revision.mails.values_list("contact_id", flat=True))
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
    return ReportMail.objects.create(
        client=report.client, revision=revision, contact=to.contact, language=to.language, notice=notice
    )
