# SPDX-License-Identifier: Apache-2.0
"""Go to or do: what the palette finds. Records by `core.search`, commands that rooms declare, pages by permission."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from steward.core.records.public import record_kind
from steward.core.rest.public import SIGNED_IN
from steward.core.search.public import Hit, find, fold
from steward.core.ui.registry import PAGES, Page
from steward.core.ui.request import acting

Words = Promise | str
MOST_RECORDS, MOST_OTHERS = 8, 6


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do from anywhere: its words, where it leads (or what is posted), and the permission it needs."""

    label: Words
    url: Callable[[], str]
    permission: str
    icon: str
    words: Words = ""
    keys: str = ""
    post: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A finding."""

    label: str
    url: str
    icon: str = ""
    sub: str = ""
    method: str = "get"
    hint: str = ""
    right: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of a sort."""

    label: str
    items: list[Item]


COMMANDS: list[Command] = []


def command(
    label: Words,
    *,
    url: Callable[[], str],
    permission: str,
    icon: str,
    words: Words = "",
    keys: str = "",
    post: bool = False,
) -> Command:
    """Declare a command of the palette, in a room's `commands.py`. `words` are others by which it is found."""
    made = Command(label, url, permission, icon, words, keys, post)
    COMMANDS.append(made)
    return made


def found_for(text: str) -> list[Group]:
    """What fits `text`, for the acting person; pages and commands when nothing is typed."""
    records = [_record(hit) for hit in find(text, limit=MOST_RECORDS)] if text else []
    groups = [Group(_("Records"), records), Group(_("Do"), _commands(text)), Group(_("Pages"), _pages(text))]
    return [group for group in groups if group.items]


def _record(hit: Hit) -> Item:
    return Item(hit.title, hit.url, sub=hit.detail, right=str(record_kind(hit.ref.kind).label))


def _commands(text: str) -> list[Item]:
    actor = acting()
    found = [each for each in COMMANDS if each.permission == SIGNED_IN or actor.may(each.permission)]
    items = [
        Item(str(each.label), each.url(), each.icon, method="post" if each.post else "get", hint=each.keys)
        for each in found
        if _fits(text, f"{each.label} {each.words}")
    ]
    forms = [
        Item(str(page.title), reverse(page.name))
        for page in _open_pages()
        if page.create and _fits(text, str(page.title))
    ]
    return [*items, *forms][:MOST_OTHERS]


def _pages(text: str) -> list[Item]:
    shown = [page for page in _open_pages() if page.nav and _fits(text, f"{page.nav.label} {page.title}")]
    return [
        Item(str(page.nav.label), reverse(page.name), page.nav.icon, hint=page.nav.keys) for page in shown if page.nav
    ][:MOST_OTHERS]


def _open_pages() -> list[Page]:
    actor = acting()
    return [page for page in PAGES.values() if "<" not in page.route and page.open_to(actor)]


def _fits(text: str, words: str) -> bool:
    """Whether every word of `text` begins a word of `words`, in either Turkish or English spelling."""
    known = fold(words).split()
    return all(any(word.startswith(part) for word in known) for part in fold(text).split())
