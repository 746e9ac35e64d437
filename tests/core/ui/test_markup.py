# SPDX-License-Identifier: Apache-2.0
"""What is drawn in Python because a list has hundreds of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.utils import timezone, translation

from steward.core.ui import markup
from steward.core.ui.file_marks import file_icon
from steward.core.ui.promise import Kind, Stretch, compact
from steward.core.ui.templatetags.cells import IN_PYTHON

HOSTILE = '"><script>alert(1)</script>'


def bar(**said: Any) -> dict[str, Any]:
    drawn = compact(
        [Stretch(Kind.COUNT, timedelta(hours=1)), Stretch(Kind.TODO, timedelta(hours=3))], timedelta(hours=4)
    )
    words = {"state": "running", "left": "3 h left", "label": "Resolution", "url": "/tickets/T-1/#clock"}
    return words | {"rects": drawn.rects, "ticks": drawn.ticks, "due_x": drawn.due_x} | said


CELLS = {
    "ui/cells/time.html": ({"value": datetime(2026, 3, 29, 0, 30, 5, 77, tzinfo=UTC)}, {"value": None}),
    "ui/cells/link.html": (
        {"text": HOSTILE, "url": f"/a/?{HOSTILE}", "no": "T-1", "sub": "second <line>"},
        {"text": "bare", "url": "", "no": "", "sub": ""},
        {"text": "", "url": "/a/", "no": "", "sub": ""},
    ),
    "ui/cells/promise.html": (bar(), bar(left=HOSTILE, due="Thu"), {"none": True, "why_url": "/why/"}, None),
}


def test_each_cell_that_python_draws_has_its_specimens() -> None:
    assert CELLS.keys() == IN_PYTHON.keys()


@pytest.mark.parametrize("language", ["en", "tr"])
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_drawn_in_python_is_the_one_its_template_draws(name: str, language: str) -> None:
    for value in CELLS[name]:
        with translation.override(language), timezone.override("Europe/Istanbul"):
            assert IN_PYTHON[name](value).strip() == render_to_string(name, {"value": value}).strip()
        assert "<script" not in IN_PYTHON[name](value)


def test_a_moment_says_the_readers_time_in_full() -> None:
    at = datetime(2026, 3, 28, 22, 30, 5, tzinfo=UTC)
    with translation.override("en"), timezone.override("Europe/Istanbul"):
        assert 'title="Sun 29 Mar 2026, 01:30:05 Europe/Istanbul"' in markup.moment(at)
    with translation.override("tr"), timezone.override("UTC"):
        assert 'title="Cmt 28 Mar 2026, 22:30:05 UTC"' in markup.moment(at)
    assert markup.moment(None) == ""


def test_a_card_of_a_board_moves_where_its_menu_leads_and_escapes_what_people_wrote() -> None:
    moves = markup.drawn_moves([{"label": "In progress", "to": "open", "post": f"/t/{markup.PLACE}/verb-set-open/"}])
    card = {
        "number": "T-1",
        "title": HOSTILE,
        "url": "/t/",
        "client": HOSTILE,
        "priority": 1,
        "person": {},
    }
    html = markup.tile(card, moves, draggable=True)
    assert "<script" not in html
    assert 'draggable="true"' in html
    assert 'data-to="open" hx-post="/t/T-1/verb-set-open/"' in html
    assert "<script" not in markup.tile(card | {"number": HOSTILE}, moves, draggable=True)
    assert "draggable" not in markup.tile(card, markup.drawn_moves([]), draggable=True)


@pytest.mark.parametrize(
    ("media_type", "icon"),
    [
        ("image/png", "photo"),
        ("application/pdf", "file-type-pdf"),
        ("text/csv", "file-spreadsheet"),
        ("text/plain", "file-text"),
        ("application/vnd.oasis.opendocument.presentation", "presentation"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "file-text"),
        ("application/x-executable", "file"),
        ("", "file"),
    ],
)
def test_a_file_has_the_icon_of_its_type(media_type: str, icon: str) -> None:
    assert file_icon(media_type) == icon
