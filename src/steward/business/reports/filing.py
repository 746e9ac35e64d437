# SPDX-License-Identifier: Apache-2.0
"""The PDFs of an issued revision: one in each language, made from what was frozen."""

from io import BytesIO

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from steward.business.reports.models import ReportFile, Revision
from steward.business.reports.records import PDF
from steward.business.reports.shown import shown
from steward.business.reports.typesetting import pdf_of
from steward.core.files.public import store_file
from steward.core.ui.public import notify_live, topic


def file_pdfs(revision: Revision) -> list[ReportFile]:
    """Make the PDFs that are not there yet, in the open transaction. Raises Refused as `store_file`."""
    there = set(revision.files.values_list("language", flat=True))
    wanted = [language for language, _name in settings.LANGUAGES if language != settings.PSEUDO_LOCALE]
    made = [_filed(revision, language) for language in wanted if language not in there]
    if made:
        notify_live(topic(revision.report.client, "reports.report", revision.report.uid))
    return made


def pdf_in(revision: Revision, language: str) -> bytes:
    """A revision as PDF in a language."""
    with translation.override(language):
        document = shown(revision.report, revision)
        words = {"figure": _("Figure"), "value": _("Value"), "counted": _("Counted from")}
        notes = [f"SHA-256 {revision.sha256}"]
        if document.judged_by:
            notes.insert(0, f"{_('Clocks were judged by')}: {'; '.join(document.judged_by)}.")
        return pdf_of(document, language=language, words=words, notes=notes)


def _filed(revision: Revision, language: str) -> ReportFile:
    report = revision.report
    name = f"{report.number}-{revision.content['month']}-r{revision.n}-{language}.pdf"
    file = store_file(report.client, name, BytesIO(pdf_in(revision, language)), PDF)
    return ReportFile.objects.create(client=report.client, revision=revision, language=language, file=file)
