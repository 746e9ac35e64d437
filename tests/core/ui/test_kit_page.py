# SPDX-License-Identifier: Apache-2.0
"""The kit page shows every part, and no page uses what is not on it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

import steward
from steward.core.ui.specimens import specimens

PRODUCT = Path(steward.__file__).parent
UI = PRODUCT / "core" / "ui"
PARTS = UI / "templates" / "ui" / "parts"
USES = re.compile(r"""\{%\s*(?:part|wrap)\s+"([a-z_]+)"|include "ui/parts/([a-z_]+)\.html\"""")
CLASS = re.compile(r"""class="([^"]*)\"""")
ST = re.compile(r"\bst-[a-z0-9-]+")
STYLE = re.compile(r"""\sstyle\s*=|<style|\son[a-z]+\s*=|<script(?![^>]*\bsrc=)(?![^>]*application/json)""")

# Classes that stand on every page of the console or of the door, not in a part of the kit.
SHELL_AND_DOOR = re.compile(r"st-(auth|door|error|codes|qr|or$|brand|mark|docwrap|toc|night|sheet)")


@pytest.fixture(scope="module")
def kit() -> str:
    request = RequestFactory().get("/kit/")
    nav = [
        {"label": "Estate", "icon": "server-2", "rooms": [{"label": "Assets", "url": "/assets/"}]},
        {"label": "Today", "icon": "sun-high", "url": "/"},
    ]
    return render_to_string("ui/kit.html", {"page": specimens("Kit"), "nav": nav, "me": {"name": "Tess"}}, request)


def templates() -> Iterator[Path]:
    yield from sorted(PRODUCT.rglob("templates/**/*.html"))


def parts_reached(start: Path) -> set[str]:
    """The parts that a template uses, and those that these use."""
    reached: set[str] = set()
    ahead = [
        start,
        *(UI / "templates" / "ui" / "kit").glob("*.html"),
        UI / "templates/ui/shell.html",
        UI / "templates/ui/base.html",
    ]
    ahead += list((UI / "templates" / "ui" / "cells").glob("*.html"))
    while ahead:
        for groups in USES.findall(ahead.pop().read_text(encoding="utf-8")):
            name = groups[0] or groups[1]
            if name not in reached:
                reached.add(name)
                ahead.append(PARTS / f"{name}.html")
    return reached


def test_every_part_is_on_the_kit_page() -> None:
    there = {path.stem for path in PARTS.glob("*.html")}
    assert there - parts_reached(UI / "templates/ui/kit.html") == set()


def test_every_part_that_a_page_uses_exists() -> None:
    there = {path.stem for path in PARTS.glob("*.html")}
    used = {(a or b): path for path in templates() for a, b in USES.findall(path.read_text(encoding="utf-8"))}
    assert {name: str(path) for name, path in used.items() if name not in there} == {}


def test_no_page_uses_a_class_that_is_not_on_the_kit_page(kit: str) -> None:
    shown = set(ST.findall(kit))
    strange = {
        name: path.name
        for path in templates()
        for classes in CLASS.findall(path.read_text(encoding="utf-8"))
        for name in ST.findall(classes)
        if name not in shown and not SHELL_AND_DOOR.match(name)
    }
    assert strange == {}


def test_a_page_that_invents_a_class_is_found(kit: str) -> None:
    assert "st-invented" not in set(ST.findall(kit))
    assert not SHELL_AND_DOOR.match("st-invented")


def test_every_class_of_the_kit_has_a_style(kit: str) -> None:
    styles = "".join(path.read_text(encoding="utf-8") for path in (UI / "static/ui/css").glob("*.css"))
    unstyled = {name for name in ST.findall(" ".join(CLASS.findall(kit))) if f".{name}" not in styles}
    # Names that only scripts and tests look for.
    assert unstyled - {"st-time", "st-fit", "st-list"} == set()


def test_no_template_carries_a_style_a_handler_or_a_script_of_its_own() -> None:
    broken = {
        str(path): found[0]
        for path in templates()
        if (found := STYLE.findall(path.read_text(encoding="utf-8"))) and "mail" not in path.parts[-1]
    }
    assert broken == {}


def test_every_template_says_its_licence() -> None:
    silent = [
        str(path)
        for path in (UI / "templates").rglob("*.html")
        if "SPDX-License-Identifier" not in path.read_text(encoding="utf-8").split("\n", 1)[0]
    ]
    assert silent == []


@pytest.mark.parametrize("name", ["400", "403", "404", "500", "503", "403_csrf"])
def test_an_error_page_needs_nothing_to_be_rendered(name: str) -> None:
    html = render_to_string(f"{name}.html")
    assert "<h1>" in html
    assert 'href="/"' in html
    assert "Traceback" not in html
