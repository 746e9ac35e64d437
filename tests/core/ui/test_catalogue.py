# SPDX-License-Identifier: Apache-2.0
"""The catalogues: complete, of today's source, compiled, with everything in place that a text stands around."""

import io
import re
from gettext import GNUTranslations
from pathlib import Path

import pytest
from django.utils import translation

from steward.core.ui.words.__main__ import LANGUAGES, current, folder
from steward.core.ui.words.catalogue import Entry, compiled, merged, read, written
from steward.core.ui.words.gather import Message, in_python, in_template

HOLDERS = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}|</?[a-z]+>")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_marked_text_is_said(language: str) -> None:
    entries = current(language)
    assert len(entries) > 500
    missing = [f"{entry.places[0]}: {entry.message.text!r}" for entry in entries if not entry.complete]
    assert not missing, "Say them in the .po, then run python -m steward.core.ui.words:\n" + "\n".join(missing)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_and_its_compiled_form_are_of_today(language: str) -> None:
    entries = current(language)
    text = written(LANGUAGES[language], entries)
    assert (folder(language) / "django.po").read_text(encoding="utf-8") == text, "run python -m steward.core.ui.words"
    assert (folder(language) / "django.mo").read_bytes() == compiled(LANGUAGES[language], entries)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_stands_for_something_else_is_in_every_form(language: str) -> None:
    _header, entries = read(folder(language) / "django.po")
    for message, entry in entries.items():
        wanted = sorted(HOLDERS.findall(message.plural or message.text))
        for said in entry.said[-1:]:
            assert sorted(HOLDERS.findall(said)) == wanted, message.text


def test_a_catalogue_survives_writing_reading_and_compiling(tmp_path: Path) -> None:
    entries = [
        Entry(Message("", 'a "b"\n\\c\ttab', ""), ["ı\n“x”"], ["x.py:1"]),
        Entry(Message("month", "May", ""), ["Mayıs"], ["x.py:2"]),
        Entry(Message("", "%(n)s cat", "%(n)s cats"), ["%(n)s kedi", "%(n)s kediler"], ["y.html:9"]),
        Entry(Message("", "open", ""), [""], ["y.html:10"]),
    ]
    path = tmp_path / "django.po"
    path.write_text(written(LANGUAGES["tr"], entries), encoding="utf-8")
    header, found = read(path)
    assert header == LANGUAGES["tr"]
    assert {message: entry.said for message, entry in found.items()} == {entry.message: entry.said for entry in entries}
    spoken = GNUTranslations(io.BytesIO(compiled(header, found.values())))
    assert spoken.gettext('a "b"\n\\c\ttab') == "ı\n“x”"
    assert spoken.pgettext("month", "May") == "Mayıs"
    assert (spoken.ngettext("%(n)s cat", "%(n)s cats", 1), spoken.ngettext("%(n)s cat", "%(n)s cats", 2)) == (
        "%(n)s kedi",
        "%(n)s kediler",
    )
    assert spoken.gettext("open") == "open"


def test_what_is_no_longer_marked_is_left_out_and_what_was_said_is_kept() -> None:
    kept, gone, new = Message("", "kept", ""), Message("", "gone", ""), Message("", "new", "")
    known = {kept: Entry(kept, ["kaldı"]), gone: Entry(gone, ["gitti"])}
    entries = merged({kept: ["a.py:3"], new: ["b.py:1"]}, known, 2)
    assert [(entry.message.text, entry.said) for entry in entries] == [("kept", ["kaldı"]), ("new", [""])]


def test_every_way_of_marking_is_found() -> None:
    python = 'x = _("one" " two"), ngettext("%(n)s a", "%(n)s b", 3), pgettext_lazy("c", "three"), _(name), other("no")'
    assert [message for message, _line in in_python(python)] == [
        Message("", "one two", ""),
        Message("", "%(n)s a", "%(n)s b"),
        Message("c", "three", ""),
    ]
    template = (
        "{% translate \"four (4)\" %}{{ x|default:_('five') }}{% blocktranslate count n=k %}{{ n }} six{% plural %}{{ n }} sixes"
        '{% endblocktranslate %}{% translate "seven" context "d" %}{% part "x" link=_("eight") %}'
    )
    found = {message for message, _line in in_template(template, "x.html")}
    assert found == {
        Message("", "four (4)", ""),
        Message("", "five", ""),
        Message("", "%(n)s six", "%(n)s sixes"),
        Message("d", "seven", ""),
        Message("", "eight", ""),
    }


def test_turkish_is_spoken() -> None:
    with translation.override("tr"):
        assert translation.gettext("Sign out") == "Oturumu kapat"
        assert translation.gettext("Today") == "Bugün"
