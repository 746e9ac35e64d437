# SPDX-License-Identifier: Apache-2.0
"""A document as a PDF. The text is data that `templates/reports/pdf/document.typ` prints, never markup. Values in, bytes out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import typst

from steward.business.reports.shown import PDF_WIDTH, Shown, ShownSection, drawn

TEMPLATE: Final = Path(__file__).parent / "templates" / "reports" / "pdf" / "document.typ"
EPOCH: Final = 0  # instead of the time of day, so that the same document is the same bytes


def pdf_of(document: Shown, *, language: str, words: dict[str, str], notes: Sequence[str]) -> bytes:
    """A document as PDF, alike to the last byte for the same document. `words` are the heads of its tables, `notes` its last lines.

    Charts are drawn in the language that is active, as `document` was.
    """
    said = {
        "language": language.partition("-")[0],
        "title": document.title,
        "chapeau": document.chapeau,
        "byline": document.byline,
        "frozen": document.frozen,
        "sections": [_section(each) for each in document.sections],
        "words": words,
        "notes": list(notes),
    }
    return typst.compile(
        TEMPLATE,
        # Nothing of the machine is to be read: neither its fonts nor any file beside the template.
        root=TEMPLATE.parent,
        ignore_system_fonts=True,
        sys_inputs={"document": json.dumps(said, ensure_ascii=False)},
        format="pdf",
        timestamp=EPOCH,
    )


def _section(section: ShownSection) -> dict[str, Any]:
    return {
        "title": section.title,
        "sev": section.sev,
        "verdict": section.verdict,
        "figures": [{"label": each.label, "value": each.value, "n": each.n} for each in section.figures],
        "charts": [
            {"svg": str(drawn(each, width=PDF_WIDTH)), "label": each.label, "caption": each.caption}
            for each in section.charts
        ],
    }
