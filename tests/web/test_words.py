# SPDX-License-Identifier: Apache-2.0
"""No visible text is left unmarked: under the pseudo-locale every word is in brackets, or is data, or is code."""

import re

import pytest
from playwright.sync_api import Page

from steward.core.access.public import Role
from steward.core.identity.public import User
from steward.core.ui.registry import PAGES
from tests.fixtures.actors import make_client, make_person
from tests.fixtures.browser import OpenAs

pytestmark = pytest.mark.browser

# Every visible text and every spoken attribute, but for what is marked as no words of ours.
COLLECT = """() => {
  const found = [];
  const skipped = node => node.closest('[translate=no],code,kbd,samp,script,style,noscript,textarea,option[value*="/"],.st-mono');
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, text = node.textContent.trim();
    if (text && !skipped(node.parentElement)) found.push(text);
  }
  for (const node of document.querySelectorAll('[aria-label],[title],[placeholder],[alt],[data-confirm],[data-label]')) {
    if (skipped(node)) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt', 'data-confirm', 'data-label']) {
      const text = node.getAttribute(name);
      if (text) found.push(text);
    }
  }
  found.push(document.title);
  return found;
}"""
# A word of three or more plain letters; in the pseudo-locale every text of ours has accents in each such word.
PLAIN = re.compile(r"(?<![\w@./#-])[A-Za-z]{3,}(?![\w@./-])")
# Proper names that are the same in every language.
NAMES = {"Steward", "UTC", "CSV", "YAML", "API", "Apprise", "HTTP", "TOTP"}


def unmarked(page: Page) -> list[str]:
    """Texts with a plain word outside brackets."""
    wrong = []
    for text in page.evaluate(COLLECT):
        bare = _without_brackets(text)
        words = [word for word in PLAIN.findall(bare) if word not in NAMES]
        if words:
            wrong.append(text)
    return sorted(set(wrong))


def _without_brackets(text: str) -> str:
    """The text without what stands in brackets, nested ones included."""
    kept, depth = [], 0
    for letter in text:
        depth += letter == "["
        if not depth:
            kept.append(letter)
        depth -= letter == "]" and depth > 0
    return "".join(kept)


@pytest.fixture
def reader(transactional_db: None) -> User:
    """An owner who reads the pseudo-locale; all data have no plain word, so that they are not taken for ours."""
    make_client("Äçmé")
    person = make_person("Ólgá Ówñér", Role.OWNER)
    person.language = "en-xa"
    person.save()
    return person


def test_the_check_sees_an_unmarked_word(reader: User, open_as: OpenAs) -> None:
    tab = open_as(reader, "/people/")
    tab.page.evaluate("document.querySelector('h1').textContent = 'Left plain'")
    assert "Left plain" in unmarked(tab.page)


def _addresses() -> list[str]:
    return sorted({f"/{page.route}" for page in PAGES.values() if "<" not in page.route})


def test_every_page_of_the_house_is_marked(reader: User, open_as: OpenAs) -> None:
    addresses = _addresses()
    assert len(addresses) >= 12
    tab, wrong = open_as(reader, "/"), dict[str, list[str]]()
    for address in [
        *addresses,
        f"/people/{reader.uid}/",
        f"/people/{reader.uid}/roles/",
        f"/people/{reader.uid}/clients/",
        "/people/?q=zzz",
        "/nothing/here/",
    ]:
        answer = tab.page.goto(address)
        assert answer is not None
        assert answer.status == (404 if address == "/nothing/here/" else 200), address
        if found := unmarked(tab.page):
            wrong[address] = found
    assert not wrong, "\n".join(f"{address}: {text!r}" for address, texts in wrong.items() for text in texts)


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/password/reset/"])
def test_the_door_is_marked(path: str, open_as: OpenAs, transactional_db: None) -> None:
    tab = open_as(None, path, locale="en-XA")
    assert tab.page.evaluate("document.documentElement.lang") == "en-xa"
    assert not unmarked(tab.page)
