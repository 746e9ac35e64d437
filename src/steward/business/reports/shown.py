# SPDX-License-Identifier: Apache-2.0
"""A frozen revision as a document in the reader's language: what the page and the PDF both show."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from steward.business.reports.drawing import Drawing
from steward.business.reports.frozen import Difference, FrozenFigure, FrozenPart, Verdict, parts_of
from steward.business.reports.models import Report, Revision
from steward.business.reports.registry import SectionKind, figure_words, section_kinds
from steward.business.reports.tables import counted_url
from steward.business.reports.words import DASH, figure_with_n, month_words, not_counted, number, value_words

ORDER_OF_SEVERITIES: Final = ("critical", "high", "medium", "unknown", "low", "fine")
PDF_WIDTH: Final = 680
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class ShownFigure:
    """A line of a section: what was counted, how much it is, of how many, and where these stand."""

    name: str
    label: str
    value: str
    n: str
    url: str


@dataclass(frozen=True, slots=True)
class ShownSection:
    """A section in words, with what is drawn."""

    id: str
    title: str
    sev: str
    verdict: str
    figures: Sequence[ShownFigure]
    charts: Sequence[Drawing]


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """A figure before and after."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The whole document."""

    title: str
    chapeau: str
    byline: str
    frozen: str
    answers: Sequence[dict[str, str]]
    sections: Sequence[ShownSection]
    judged_by: Sequence[str]


def shown(report: Report, revision: Revision) -> Shown:
    """A revision in the language that is active. No query beyond what both rows bring along."""
    kinds = section_kinds()
    parts = [(kinds[each.slug], each) for each in parts_of(revision.content) if each.slug in kinds]
    sections = [_section(kind, part, report, revision) for kind, part in parts]
    first = date.fromisoformat(f"{revision.content['month']}-01")
    return Shown(
        title=_("%(month)s: %(verdict)s") % {"month": month_words(first), "verdict": _in_a_word(sections)},
        chapeau=_("%(client)s · monthly report") % {"client": revision.content["client"]},
        byline=_byline(report, revision),
        frozen=_frozen(revision),
        answers=[_answer(each) for each in sections],
        sections=sections,
        judged_by=_judged_by(revision.content),
    )


def differences_shown(found: Sequence[Difference] | None) -> list[ShownDifference]:
    """What is not what it was, in words."""
    return [
        ShownDifference(str(figure_words(each.name)), _said(each.before), _said(each.after)) for each in found or ()
    ]


def drawn(drawing: Drawing, *, width: int = 0) -> SafeString:
    """A chart as SVG: as wide as its place on a page, or `width` pixels for a PDF."""
    context = {"marks": drawing.marks, "label": drawing.label, "height": drawing.height, "width": width}
    # A control character in a name is no XML, and a PDF is made of all of it or not at all.
    return mark_safe(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", render_to_string(drawing.path, context)))  # noqa: S308  # a template's


def _section(kind: SectionKind, part: FrozenPart, report: Report, revision: Revision) -> ShownSection:
    found = Verdict("unknown", not_counted(part.fault)) if part.fault else kind.verdict(part)
    figures = [_figure(part.figures[slug], report, revision) for slug in kind.figures if slug in part.figures]
    charts = () if part.fault else kind.charts(part)
    return ShownSection(kind.slug, str(kind.title), found.sev, found.text, figures, charts)


def _figure(figure: FrozenFigure, report: Report, revision: Revision) -> ShownFigure:
    return ShownFigure(
        figure.name,
        str(figure_words(figure.name)),
        value_words(figure),
        number(figure.n),
        counted_url(report.number, revision.n, figure.name),
    )


def _answer(section: ShownSection) -> dict[str, str]:
    first = section.figures[0] if section.figures else None
    return {
        "sev": section.sev,
        "title": f"{section.title}.",
        "body": section.verdict,
        "figure": first.value if first is not None else DASH,
        "url": first.url if first is not None else "",
    }


def _in_a_word(sections: Sequence[ShownSection]) -> str:
    worst = min((each.sev for each in sections), key=ORDER_OF_SEVERITIES.index, default="unknown")
    words = {"unknown": _("not all could be counted"), "low": _("quiet, with false alarms"), "fine": _("all in order")}
    return words.get(worst, _("some things to look at"))


def _byline(report: Report, revision: Revision) -> str:
    told = {"number": report.number, "n": revision.n, "zone": revision.content["zone"]}
    if revision.content["agreement"]:
        told["agreement"] = revision.content["agreement"]
        return _("%(number)s, revision %(n)s. Agreement %(agreement)s; days of %(zone)s.") % told
    return _("%(number)s, revision %(n)s. No agreement was in force; days of %(zone)s.") % told


def _frozen(revision: Revision) -> str:
    zone = ZoneInfo(revision.content["zone"])
    at = date_format(timezone.localtime(revision.issued_at or revision.counted_at, zone), "j M Y, H:i")
    if revision.is_issued:
        return _("Figures frozen %(at)s. Every number opens the records it was counted from.") % {"at": at}
    if revision.is_so_far:
        return _("A draft of the month so far, counted %(at)s. The client does not see it.") % {"at": at}
    return _("A draft, counted %(at)s. The client does not see it.") % {"at": at}


def _judged_by(content: dict[str, Any]) -> list[str]:
    found = [each for part in parts_of(content) for each in part.facts.get("versions", ())]
    return [
        _("%(policy)s, in force from %(day)s") % {"policy": each["policy"], "day": each["valid_from"][:10]}
        for each in found
    ]


def _said(figure: FrozenFigure | None) -> str:
    return figure_with_n(figure) if figure is not None else DASH
